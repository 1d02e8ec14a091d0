"""Files for the Salesforce administrator."""
