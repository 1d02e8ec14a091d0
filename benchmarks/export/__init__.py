"""The benchmark of the export to Salesforce."""
