"""What the ledger keeps of runs: their windows and changes, the plans of dry runs, and reports."""
