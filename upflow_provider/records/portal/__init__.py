"""What payments in Upflow's portal leave in Stripe: their tag, and the cover of credits. Pure."""
