"""Real servers, started once per run when a test first asks for one, whichever process runs it.

Under several processes (`pytest -n 2 --dist loadgroup`) all tests of one server go to one of
them, and they go first, because they wait most.
"""

from __future__ import annotations

import pytest

pytest_plugins = ("servers.airflow", "servers.demo", "servers.postgres", "servers.radosgw")

SERVERS = ("told_demo", "running_platform", "s3_server", "postgres")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def server_of(item: pytest.Item) -> int:
        names = getattr(item, "fixturenames", ())
        return next((place for place, name in enumerate(SERVERS) if name in names), len(SERVERS))

    for item in items:
        place = server_of(item)
        if place < len(SERVERS):
            item.add_marker(pytest.mark.xdist_group(SERVERS[place]))
    items.sort(key=server_of)
