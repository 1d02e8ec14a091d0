"""Operators: the syncs as tasks of Airflow."""
