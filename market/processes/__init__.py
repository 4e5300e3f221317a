"""The platform's processes on one machine: portal, Airflow's api-server, scheduler, dag-processor.

    environment   what each process sees
    child         one process: its own session, a pid file with its start time, a log file
    up            start what is not running, wait until it answers
    prepare       in the background: Spark's class archive
    first_job     the job of zeros that the archive is made with
    down          stop everything
    status        what runs and what answers
    backup/       the platform in one encrypted file, and a platform made of it

The key agent is not among them: it belongs to the owner, not to the platform.
"""
