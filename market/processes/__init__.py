"""The platform's processes on one machine: portal, Airflow's api-server, scheduler, dag-processor.

    environment   what each process sees
    sqlite_patience   how long Airflow waits for its database
    plugins/      what Airflow's api-server runs of ours
    child         one process: its own session, a pid file with its start time, a log file
    up            start what is not running, wait until it answers
    warm_up       runs without work, which Airflow has to take before it counts as up
    prepare       in the background: Spark's class archive
    first_job     the job of zeros that the archive is made with
    down          stop everything
    status        what runs and what answers

The key agent is not among them: it belongs to the owner, not to the platform.
"""
