"""HTTP with Salesforce's APIs."""
