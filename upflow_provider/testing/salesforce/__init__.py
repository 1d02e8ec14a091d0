"""A stateful fake of Salesforce."""
