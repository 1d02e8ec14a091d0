"""The streams of Stripe: one file each, with its row and how it is read."""
