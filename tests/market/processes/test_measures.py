"""Metrics over a socket: at their own address, and nowhere without one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from market.database.engine import Database, open_database
from market.database.migrate import migrate
from market.errors import Conflict, Refused
from market.metrics import BUILD, DATABASE_CONNECTIONS, DISK_FREE
from market.processes.measures import serving_metrics
from market.settings import Settings


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    migrate(f"sqlite:///{tmp_path / 'portal.db'}", "platform")
    database = open_database(f"sqlite:///{tmp_path / 'portal.db'}")
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Settings(home=tmp_path, metrics_port=free.getsockname()[1])


@contextmanager
def serving(
    settings: Settings, database: Database, registry: CollectorRegistry | None = None
) -> Iterator[None]:
    with serving_metrics(
        settings,
        registry or CollectorRegistry(),
        database,
        port=settings.metrics_port,
        public=settings.portal_port,
    ):
        yield


def test_metrics_are_served_while_it_lasts(settings: Settings, database: Database) -> None:
    url = f"http://127.0.0.1:{settings.metrics_port}/metrics"
    with serving(settings, database), database.reading():
        text = httpx.get(url, trust_env=False).text
    found = {one.name: one for one in text_string_to_metric_families(text)}
    assert found[DATABASE_CONNECTIONS.name].samples[0].value == 1
    assert found[DISK_FREE.name].samples[0].value > 0
    assert set(found[BUILD.name].samples[0].labels) == set(BUILD.labels)
    assert "process_resident_memory_bytes" in found
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_port_zero_serves_nothing(settings: Settings, database: Database) -> None:
    registry = CollectorRegistry()
    with serving(replace(settings, metrics_port=0), database, registry):
        assert list(registry.collect()) == []


def test_the_portals_own_port_is_refused(settings: Settings, database: Database) -> None:
    public = replace(settings, portal_port=settings.metrics_port)
    with (
        pytest.raises(Refused, match="metrics-port"),
        serving(public, database),
    ):
        pass


def test_a_taken_port_is_told(settings: Settings, database: Database) -> None:
    with (
        socket.create_server(("127.0.0.1", settings.metrics_port)),
        pytest.raises(Conflict, match="metrics-port-taken"),
        serving(settings, database),
    ):
        pass
