"""PURE: rows of a table become records, and records become what Upflow is to have."""
