"""Pure: an Account and its Contacts in Salesforce, as what Upflow must have."""
