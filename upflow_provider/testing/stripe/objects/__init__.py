"""Stripe's objects: what they look like in JSON, and how one changes."""
