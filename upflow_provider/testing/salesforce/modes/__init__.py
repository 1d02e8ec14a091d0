"""The ways in which the fake Salesforce goes wrong."""
