"""The part of the demonstration in which Accounts in Salesforce show what Upflow knows."""
