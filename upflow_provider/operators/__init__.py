"""Operators: the Airflow shell around the syncs."""
