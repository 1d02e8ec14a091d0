"""What Upflow knows of a customer as values of Salesforce; pure."""
