"""Seeded data for the fakes."""
