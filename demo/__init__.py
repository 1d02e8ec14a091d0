"""`make demo`: Airflow, three fake vendors and a screen, on one machine."""
