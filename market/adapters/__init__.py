"""The ports on real systems, and what they stand on: object stores, git, sandbox, Spark, files.

Database and Airflow have rooms of their own (market.database, market.airflow).
"""
