"""What Salesforce knows about an Account, into the customer of Upflow: contacts, account owner, custom fields."""
