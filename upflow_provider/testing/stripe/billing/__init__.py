"""The fake Stripe's state: what billing does, without HTTP."""
