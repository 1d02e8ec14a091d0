"""Links from Airflow's UI."""
