"""What `market doctor` finds of an installation: each part, with what to do about it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from servers.postgres import Postgres
from servers.radosgw import S3Server
from world.loopback import free_port

from market.adapters.platform_secrets import make_secrets
from market.database.migrate import migrate
from market.database.revision import NEWEST
from market.policy.clock import SKEW_SECONDS
from market.processes.check import Check
from market.processes.installation import check_installation
from market.settings import Settings


def checks(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in check_installation(settings)}


def problems(settings: Settings) -> dict[str, Check]:
    found = {name: check for name, check in checks(settings).items() if not check.is_ok}
    assert all(check.next_action for check in found.values())
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    return path


def test_what_is_not_made_yet_is_no_problem(home: Path) -> None:
    found = checks(Settings(home=home))
    assert all(check.is_ok for check in found.values())
    assert "market admin migrate" in found["database"].found
    assert not list(home.iterdir())


def test_what_is_made_is_told(home: Path) -> None:
    settings = Settings(home=home)
    make_secrets(settings)
    migrate(settings.platform_database_url, "platform")
    (home / "objects").mkdir()
    found = checks(settings)
    assert all(check.is_ok for check in found.values())
    assert NEWEST["platform"] in found["database"].found


def test_database_of_another_release_is_told_with_both_revisions(home: Path) -> None:
    settings = Settings(home=home)
    migrate(settings.platform_database_url, "platform", "platform_0012")
    (problem,) = problems(settings).values()
    assert "platform_0012" in problem.found
    assert NEWEST["platform"] in problem.found
    assert "market admin migrate" in problem.next_action


def test_pods_that_cannot_be_made_are_told(home: Path) -> None:
    settings = Settings(
        home=home,
        spark_master="k8s://https://kubernetes.default.svc",
        spark_image="market-spark:latest",
        airflow_executor="KubernetesExecutor",
        airflow_namespace="market",
        airflow_pod_template="/nowhere/worker.yaml",
    )
    found = problems(settings)
    assert "store" in found["pods of spark"].found
    assert "/nowhere/worker.yaml" in found["pods of steps"].found
    assert found.keys() == {"pods of spark", "pods of steps"}


def test_secret_that_somebody_forgot_to_mount(home: Path, tmp_path: Path) -> None:
    (tmp_path / "mounted").mkdir()
    (problem,) = problems(Settings(home=home, secrets=str(tmp_path / "mounted"))).values()
    assert problem.name == "secrets"
    assert "openssl rand" in problem.next_action


def test_parts_that_do_not_answer_are_each_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_S3_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("MARKET_S3_SECRET_ACCESS_KEY", "secret")
    nowhere = f"http://127.0.0.1:{free_port()}"
    settings = Settings(
        home=home,
        database_url=f"postgresql://market:pw@127.0.0.1:{free_port()}/market",
        store="s3",
        s3_endpoint_url=nowhere,
        s3_bucket="market",
        airflow_internal_url=nowhere,
        relay_public_url=nowhere,
        sandbox_url=nowhere,
    )
    found = problems(settings)
    assert set(found) == {
        "database",
        "clock of the database",
        "object store",
        "clock of the object store",
        "airflow",
        "relay",
        "one-shot sandboxes",
    }
    assert "pw" not in "".join(check.found + check.next_action for check in found.values())


def test_real_database_and_store(
    home: Path, postgres: Postgres, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKET_S3_ACCESS_KEY_ID", s3_server.access_key_id)
    monkeypatch.setenv("MARKET_S3_SECRET_ACCESS_KEY", s3_server.secret_access_key)
    s3_server.make_bucket("doctor")
    settings = Settings(
        home=home,
        database_url=postgres.migrated("platform"),
        store="s3",
        s3_endpoint_url=s3_server.endpoint_url,
        s3_bucket="doctor",
    )
    found = checks(settings)
    assert all(check.is_ok for check in found.values()), found
    assert {"clock of the database", "clock of the object store"} <= set(found)
    assert s3_server.client().list_objects_v2(Bucket="doctor")["KeyCount"] == 0


class _Late(BaseHTTPRequestHandler):
    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(1_000_000_000, usegmt=True)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def late_server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Late) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_clock_that_is_years_behind(home: Path, late_server: str) -> None:
    settings = Settings(home=home, store="s3", s3_endpoint_url=late_server, s3_bucket="market")
    problem = problems(settings)["clock of the object store"]
    assert "behind" in problem.found
    assert int(problem.found.split()[0]) > SKEW_SECONDS
    assert "NTP" in problem.next_action
