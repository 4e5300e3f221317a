"""A Postgres that dies under its clients: they say so, and go on when it is back."""

from __future__ import annotations

import pytest
from servers.postgres import running_postgres
from world.platform_database import made_database

from market.entities.people import Organisation
from market.errors import Unavailable

pytestmark = pytest.mark.servers


def test_every_connection_of_the_pool_outlives_a_server_that_was_killed() -> None:
    with running_postgres() as server:
        platform = made_database(server.empty())
        taken = [platform.database.engine.connect() for _ in range(8)]
        for connection in taken:
            connection.close()
        platform.people.add_organisation(Organisation("before", "Before"))
        server.kill()
        for _ in range(2):
            with pytest.raises(Unavailable, match="database-unreachable"):
                platform.people.add_organisation(Organisation("during", "During"))
        server.start_again()
        platform.people.add_organisation(Organisation("after", "After"))
        kept = [one.organisation for one in platform.people.organisations()]
        assert kept == ["after", "before"]
        platform.database.close()
