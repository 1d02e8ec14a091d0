"""Delivery of records to Upflow from any source: decide, claim, import, link, record the outcome."""
