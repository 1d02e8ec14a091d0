"""The fake Stripe's state: an account, its objects, and what billing does with them, without HTTP."""
