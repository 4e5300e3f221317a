"""What the platform's processes take over from whoever starts them, and that none of their own
calls goes through a proxy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from world.answering_platform import answering_platform

from market.airflow import metadatabase
from market.airflow.warm_up import warm_up
from market.processes.environment import airflow_environment, platform_environment
from market.processes.status import NAMES, status
from market.settings import Settings

PROXIES = {
    # Nobody listens there, and httpx lacks the package for the last one.
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "socks5://127.0.0.1:9",
}

LOG_FOLDERS = """
from airflow.configuration import conf
print(conf.get("logging", "base_log_folder"))
print(conf.get("logging", "dag_processor_child_process_log_directory"))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with answering_platform(tmp_path) as settings:
        yield settings


def test_platforms_own_calls_go_through_no_proxy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in PROXIES.items():
        monkeypatch.setenv(name, value)
    assert [part.name for part in status(settings) if part.answers] == list(NAMES)
    warm_up(settings)


@pytest.mark.processes
def test_airflow_of_a_home_that_moved_logs_in_its_new_place(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    logs = metadatabase.airflow_home(before) / "logs"
    logs.parent.mkdir(parents=True)
    # Airflow writes its defaults down at its first start.
    (logs.parent / "airflow.cfg").write_text(
        f"[logging]\nbase_log_folder = {logs}\n"
        f"dag_processor_child_process_log_directory = {logs}/dag_processor\n"
    )
    before.rename(after)
    told = subprocess.run(
        [sys.executable, "-P", "-c", LOG_FOLDERS],
        env=airflow_environment(Settings(home=after), os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    moved = metadatabase.airflow_home(after) / "logs"
    assert told.stdout.splitlines() == [str(moved), str(moved / "dag_processor")]


def test_no_proxy_and_no_locale_is_handed_on(tmp_path: Path) -> None:
    inherited = PROXIES | {"LANG": "C", "LC_ALL": "POSIX", "LC_CTYPE": "de_DE", "LANGUAGE": "de"}
    environment = airflow_environment(Settings(home=tmp_path), inherited)
    assert not [name for name in environment if "proxy" in name.lower()]
    locale = {name: environment[name] for name in environment if name.startswith(("LC_", "LANG"))}
    assert locale == {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
def test_folder_for_temporary_files_is_handed_on_if_it_is_one(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "file").touch()
    for unfit in ("", "/nowhere", "relative", str(tmp_path / "file")):
        assert name not in platform_environment(settings, {name: unfit})
    assert platform_environment(settings, {name: str(tmp_path)})[name] == str(tmp_path)
