"""Each part of an installation is told well or not, and a silent one holds up nobody."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from world.loopback import answered_by
from world.memory.objects import MemoryObjects

from market.adapters.installation import (
    AskedInstallation,
    part_of_relay,
    part_of_store,
    version_installed,
    version_of_java,
)
from market.airflow.components import parts_of_airflow, version_of_airflow
from market.entities.overview import Part, Version
from market.errors import Unavailable
from market.settings import Settings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with answered_by(Answer) as url:
        yield url


def test_relay_is_in_every_portal_unless_it_is_apart(tmp_path: Path) -> None:
    assert part_of_relay(Settings(home=tmp_path)) == (Part("relay", True, "in every portal"),)


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (503, False)])
def test_relay_apart_is_asked(tmp_path: Path, status: int, is_well: bool) -> None:
    with answering(status, b"{}") as url:
        settings = Settings(
            home=tmp_path, relay_public_url="https://relay.example", relay_internal_url=url
        )
        assert part_of_relay(settings)[0].is_well is is_well
    [silent] = part_of_relay(settings)
    assert (silent.is_well, silent.found) == (False, "does not answer (ConnectError)")


def test_airflow_that_is_silent_or_talks_nonsense_is_not_well() -> None:
    with answering(200, b"<html>") as url:
        assert not any(part.is_well for part in parts_of_airflow(url))
        assert version_of_airflow(url) == Version("Airflow", "")
    assert not any(part.is_well for part in parts_of_airflow(url))
    health = b'{"metadatabase":{"status":"healthy"},"scheduler":{"status":"unhealthy"}}'
    with answering(200, health) as url:
        assert [part.is_well for part in parts_of_airflow(url)] == [True, False, False]
    with answering(200, b'{"version":"3.9.9"}') as url:
        assert version_of_airflow(url) == Version("Airflow", "3.9.9")


class BrokenStore(MemoryObjects):
    def head(self, key: str) -> None:
        raise Unavailable("store-unreachable", "No answer.", "Later.")


def test_store_that_does_not_answer_is_told_with_its_code() -> None:
    assert part_of_store(MemoryObjects())[0].is_well
    [part] = part_of_store(BrokenStore())
    assert not part.is_well
    assert part.found.startswith("store-unreachable")


@pytest.mark.processes
def test_version_of_java_is_that_of_the_one_which_would_run_spark(tmp_path: Path) -> None:
    assert int(version_of_java(tmp_path).version) >= 17


def test_versions_are_those_at_work_and_empty_where_there_is_none() -> None:
    assert version_installed("Ciphertext market", "ciphertext-market").version
    assert version_installed("Nothing", "no-such-package-here") == Version("Nothing", "")


def test_parts_are_asked_at_the_same_time_and_told_in_order() -> None:
    together = threading.Barrier(2, timeout=20)

    def ask(name: str) -> tuple[Part, ...]:
        together.wait()
        time.sleep(0.01 if name == "a" else 0)
        return (Part(name, True, ""),)

    found = AskedInstallation((lambda: ask("a"), lambda: ask("b")), ())
    assert [part.name for part in found.parts()] == ["a", "b"]
    assert found.versions() == ()
