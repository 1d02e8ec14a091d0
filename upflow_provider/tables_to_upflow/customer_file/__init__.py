"""The customer file: spreadsheets with customers, contacts, assignments and payments, as Upflow's own import takes."""
