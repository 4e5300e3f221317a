"""Airflow's users are the portal's: one sign-on, and rights per DAG.

    rights         who may do what (pure)
    known_users    the portal's users and sessions, read at every request
    routes         how a portal user becomes an Airflow user: one-time code, or name and password
    auth_manager   Airflow's interface to these

This package runs inside Airflow's api-server and keeps nothing of its own.
"""
