"""Reading Stripe's API."""
