"""Stripe Billing into Upflow."""
