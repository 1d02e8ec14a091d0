"""HTTP: Upflow and Stripe, paced and retried."""
