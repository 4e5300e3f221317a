"""Real servers, started once per run when a test first asks for one, whichever process runs it.

Under several processes (`pytest -n 2 --dist loadgroup`) all tests of one server go to one of
them, and they go first, because they wait most. The two platforms never start side by side.
"""

from __future__ import annotations

import pytest

pytest_plugins = ("servers.airflow", "servers.demo", "servers.postgres", "servers.radosgw")

SERVERS = {
    "told_demo": "platform",
    "running_platform": "platform",
    "s3_server": "s3",
    "s3": "s3",
    "postgres": "postgres",
}
"""Session fixture to the group of tests that one process runs, in this order."""


# Before pytest-xdist reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = list(SERVERS)

    def place_of(item: pytest.Item) -> int:
        # A fixture with a parameter of that name asks for the server when it runs.
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        names = {*getattr(item, "fixturenames", ()), *(p for p in parameters if type(p) is str)}
        return next((n for n, server in enumerate(order) if server in names), len(order))

    for item in items:
        if (place := place_of(item)) < len(order):
            item.add_marker(pytest.mark.xdist_group(SERVERS[order[place]]))
    items.sort(key=place_of)
