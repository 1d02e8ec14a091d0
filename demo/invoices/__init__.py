"""Single invoices that the demonstration shows: their PDFs, and a payment of one in the portal."""
