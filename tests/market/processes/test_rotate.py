"""A secret changes while what the old one signed is still under way."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from world.memory.shared_state import MemoryRedeemedCodes

from market.adapters.platform_secrets import (
    AIRFLOW_JWT,
    IDENTITY,
    OBJECT_URLS,
    SIGN_ON,
    platform_secret,
    platform_secrets,
    rotated_secret,
    secrets_directory,
)
from market.adapters.stores.local import LocalStore
from market.adapters.stores.signed_urls import UrlSigner
from market.airflow.sign_on_code import issue_code, redeem_code
from market.errors import Conflict, NotPermitted, Refused
from market.processes.rotate import begin_rotation, finish_rotation
from market.settings import Settings

NOW = 1_800_000_000


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def test_addresses_of_before_hold_until_the_change_is_finished(settings: Settings) -> None:
    signer = UrlSigner("http://portal/objects", rotated_secret(settings, OBJECT_URLS))
    # Opened before the change, as a portal that runs.
    store = LocalStore(settings.home / "objects", signer)

    def is_good(address: str) -> bool:
        query = dict(parse_qsl(urlsplit(address).query))
        try:
            store.check_download("datasets/a", query, now=NOW)
        except NotPermitted:
            return False
        return True

    old = store.download_url("datasets/a", 900, NOW)
    begin_rotation(settings, OBJECT_URLS)
    new = store.download_url("datasets/a", 900, NOW)
    assert new != old
    assert is_good(old)
    assert is_good(new)
    finish_rotation(settings, OBJECT_URLS)
    assert not is_good(old)
    assert is_good(new)


def test_codes_of_before_are_redeemed_until_the_change_is_finished(settings: Settings) -> None:
    codes = [issue_code(platform_secret(settings, SIGN_ON).reveal(), "bob", NOW) for _ in range(2)]
    used = MemoryRedeemedCodes()
    begin_rotation(settings, SIGN_ON)
    newest = issue_code(platform_secret(settings, SIGN_ON).reveal(), "bob", NOW)
    for code in (codes[0], newest):
        redeem_code(platform_secrets(settings, SIGN_ON), code, NOW, used, browser="")
    finish_rotation(settings, SIGN_ON)
    with pytest.raises(NotPermitted, match="not issued"):
        redeem_code(platform_secrets(settings, SIGN_ON), codes[1], NOW, used, browser="")


def test_a_change_is_finished_before_the_next(settings: Settings) -> None:
    begin_rotation(settings, AIRFLOW_JWT)
    first, second = platform_secrets(settings, AIRFLOW_JWT)
    with pytest.raises(Conflict, match="--finish") as refused:
        begin_rotation(settings, AIRFLOW_JWT)
    assert refused.value.code == "rotation-begun"
    assert platform_secrets(settings, AIRFLOW_JWT) == (first, second)
    for _ in range(2):
        finish_rotation(settings, AIRFLOW_JWT)
        assert platform_secrets(settings, AIRFLOW_JWT) == (first,)


def test_the_platforms_name_stays(settings: Settings) -> None:
    before = platform_secret(settings, IDENTITY)
    for change in (begin_rotation, finish_rotation):
        with pytest.raises(Refused) as refused:
            change(settings, IDENTITY)
        assert refused.value.code == "secret-fixed"
    assert platform_secret(settings, IDENTITY) == before


def test_secrets_that_are_mounted_are_changed_where_they_are_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", secrets=str(tmp_path))
    path = secrets_directory(settings) / SIGN_ON
    path.write_text("ab" * 32 + "\n" + "cd" * 32 + "\n")
    path.chmod(0o440)
    for change in (begin_rotation, finish_rotation):
        with pytest.raises(Refused, match="a new line above the old one") as refused:
            change(settings, SIGN_ON)
        assert refused.value.code == "secret-elsewhere"
    assert [one.reveal()[:1] for one in platform_secrets(settings, SIGN_ON)] == [b"\xab", b"\xcd"]
