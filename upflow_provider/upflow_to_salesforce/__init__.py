"""What Upflow knows of a customer, onto its Account in Salesforce."""
