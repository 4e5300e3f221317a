"""What the platform's processes take over from whoever starts them, and that none of their own
calls goes through a proxy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world.answering_platform import answering_platform

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
