"""The fake Salesforce's state: an org and its Accounts, without HTTP."""
