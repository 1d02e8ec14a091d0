"""Benchmarks that need Airflow: parsing of DAG files, and runs under ``airflow standalone``."""
