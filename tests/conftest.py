"""Real servers, started once per session when a test first asks for one."""

from __future__ import annotations

pytest_plugins = ("servers.airflow", "servers.demo", "servers.postgres", "servers.radosgw")
