"""Triggers: what Airflow's triggerer watches for us."""
