"""The ports on real systems: database, object stores, git, sandbox, Airflow, Spark."""
