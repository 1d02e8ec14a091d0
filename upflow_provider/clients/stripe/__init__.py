"""HTTP with Stripe's API, which is only read."""
