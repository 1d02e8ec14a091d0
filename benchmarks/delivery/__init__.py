"""Benchmarks of the delivery from Stripe to Upflow, without Airflow: requests, CPU, memory and use of the budget."""
