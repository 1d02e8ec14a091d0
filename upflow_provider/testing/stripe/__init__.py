"""A stateful fake of Stripe."""
