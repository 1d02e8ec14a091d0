"""Planted errors, and what catches them: ``python -m tests.mutants``."""
