"""The rehearsal: the chart's own pods as processes of this machine, without Kubernetes.

    manifests     rendered manifests as pods: commands, environments, mounts, probes, addresses
    container     one container as a process: its own root of the file system, its uid, its hosts
    supervisor    keeps processes running, as a kubelet does
    servers       what a cluster has beside the chart: Postgres, an S3 server, Spark, a proxy
    cluster       all of it together, for a story or a test

Every pod sees what the chart gives it: its command, its variables, its secrets, a root that it
cannot write, the uid it shall have. Two things differ from a cluster. All pods share one network,
so each listens at a loopback address of its own (the variables MARKET_..._HOST), and images are not
built: a container sees this checkout and this virtual environment where an image would have them.
Network policies and what an API server does are not rehearsed.
"""
