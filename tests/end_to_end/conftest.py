from servers.airflow import running_platform
from servers.demo import told_demo

__all__ = ["running_platform", "told_demo"]
