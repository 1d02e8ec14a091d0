"""Hooks: Airflow connections become clients."""
