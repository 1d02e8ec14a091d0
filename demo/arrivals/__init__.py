"""What arrives besides amounts: PDFs, custom fields and contacts in Upflow, and a payment of the portal in Stripe."""
