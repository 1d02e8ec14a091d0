"""Triggers, which Airflow's triggerer runs."""
