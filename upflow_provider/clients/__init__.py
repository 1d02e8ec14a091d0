"""HTTP with Upflow, Stripe and Salesforce: paced and retried."""
