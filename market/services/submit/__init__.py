"""Submit: what a buyer asks, priced, taken in, and its run in Airflow begun."""
