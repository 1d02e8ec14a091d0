"""The flow from Upflow to Stripe: payments made in Upflow's portal, written back to the invoices that they settle."""
