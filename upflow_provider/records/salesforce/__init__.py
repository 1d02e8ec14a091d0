"""What Salesforce and both of its flows have in common: keys of customers and Accounts, and fields as described."""
