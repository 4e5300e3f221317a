"""One house with one published dataset for a module's tests, or a fresh one where it matters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from agent_house import AgentHouse, agent_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHouse]:
    with agent_house(tmp_path_factory.mktemp("house")) as made:
        made.publish()
        yield made
