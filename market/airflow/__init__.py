"""Everything the platform knows about Airflow, except the DAG files themselves (dags/).

names             what DAGs, tasks and runs are called; dags/ spells the same names
addresses         where its API, its pages and our sign-on answer
scheduler         starts runs and answers their waits, over its public API
sign_on_code      one-time codes that carry a signed-in user from the portal to it
single_sign_on/   our auth manager: the portal's users are Airflow's
components        its three processes, and which of them are fit for work
environment       its configuration, as environment variables
metadatabase      its own database, SQLite or Postgres: made once per version
sqlite_patience   how long it waits for SQLite
plugins/          what its processes run of ours: one writer over SQLite, a keeper of logs
old_logs          which logs may go
warm_up           runs without work, which it has to take before it counts as up
visitor           a person at its web server, as the demo plays one
"""
