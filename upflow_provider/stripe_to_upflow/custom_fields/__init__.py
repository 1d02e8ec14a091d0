"""Custom fields of Upflow filled from Stripe: settings, and what the ledger knows; `mapping` has the values."""
