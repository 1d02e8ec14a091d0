"""The fake Salesforce's Bulk APIs."""
