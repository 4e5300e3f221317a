"""Everything the platform knows about Airflow, except the DAG files themselves (dags/).

scheduler         starts runs and answers their waits, over Airflow's public API
sign_on_code      one-time codes that carry a signed-in user from the portal to Airflow
single_sign_on/   our auth manager: the portal's users are Airflow's
environment       Airflow's configuration, as environment variables
sqlite_patience   how long Airflow waits for its database
plugins/          what Airflow's api-server runs of ours
warm_up           runs without work, which Airflow has to take before it counts as up
"""
