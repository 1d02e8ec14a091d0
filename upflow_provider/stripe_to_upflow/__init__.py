"""The flow from Stripe Billing to Upflow."""
