"""Keys of others: seen first, compared, changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crypto.identity import PublicKey, SigningKey
from market.client.kept.home import ClientHome
from market.client.kept.pins import Kind, check_pin, find_pin, key_malformed, pin_compared, pins
from market.errors import Conflict, Refused

ONE, OTHER = (SigningKey.generate().public.hex for _ in range(2))


def print_of(key: str) -> str:
    return PublicKey.parse(key).fingerprint()


@pytest.fixture
def told() -> list[tuple[str, str, str]]:
    """What the person was told of keys seen for the first time."""
    return []


@pytest.fixture
def home(tmp_path: Path, told: list[tuple[str, str, str]]) -> ClientHome:
    return ClientHome(tmp_path, lambda *seen: told.append(seen))


def test_first_sight_is_told_once_and_no_other_key_is_taken(
    home: ClientHome, told: list[tuple[str, str, str]]
) -> None:
    for _ in range(2):
        check_pin(home, "owner", "visits", ONE)
    check_pin(home, "owner", "incomes", OTHER)
    assert told == [("owner", "visits", print_of(ONE)), ("owner", "incomes", print_of(OTHER))]
    with pytest.raises(Refused) as caught:
        check_pin(home, "owner", "visits", OTHER)
    assert caught.value.code == "owner-key-changed"
    assert "market pin owner visits --replace" in caught.value.next_action
    assert not any(pin.is_compared for pin in pins(home, "owner"))


@pytest.mark.parametrize("kind", ["owner", "platform"])
def test_key_pinned_beforehand_is_the_only_one_taken(
    home: ClientHome, told: list[tuple[str, str, str]], kind: Kind
) -> None:
    pin_compared(home, kind, "visits", print_of(ONE), may_replace=False)
    with pytest.raises(Refused, match=f"{kind}-key-changed"):
        check_pin(home, kind, "visits", OTHER)
    check_pin(home, kind, "visits", ONE)
    assert told == []
    assert [pin.is_compared for pin in pins(home, kind)] == [True]


def test_key_compared_after_it_was_seen_is_known_under_all_its_names(home: ClientHome) -> None:
    for name in ("visits", "incomes"):
        check_pin(home, "owner", name, ONE)
    pin_compared(home, "owner", "visits", print_of(ONE), may_replace=False)
    assert [pin.is_compared for pin in pins(home, "owner")] == [True, True]


def test_new_dataset_of_a_compared_key_needs_no_comparison(
    home: ClientHome, told: list[tuple[str, str, str]]
) -> None:
    pin_compared(home, "owner", "visits", print_of(ONE), may_replace=False)
    check_pin(home, "owner", "incomes", ONE)
    check_pin(home, "platform", "https://market.example", ONE)
    assert told == [("platform", "https://market.example", print_of(ONE))]


def test_another_key_than_the_one_seen_is_pinned_only_when_told_to(home: ClientHome) -> None:
    check_pin(home, "owner", "visits", ONE)
    with pytest.raises(Conflict, match="pinned-otherwise"):
        pin_compared(home, "owner", "visits", print_of(OTHER), may_replace=False)
    pin_compared(home, "owner", "visits", print_of(OTHER), may_replace=True)
    check_pin(home, "owner", "visits", OTHER)
    found = find_pin(home, "owner", "visits")
    assert found is not None
    assert found.fingerprint == print_of(OTHER)


def test_pins_are_private_files(home: ClientHome, tmp_path: Path) -> None:
    check_pin(home, "platform", "https://market.example/a b", ONE)
    for path in [home.pins_path, *home.pins_path.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0
    assert [pin.name for pin in pins(home, "platform")] == ["https://market.example/a b"]


def test_home_may_keep_its_pins_with_anothers(home: ClientHome, tmp_path: Path) -> None:
    pin_compared(home, "platform", "https://market.example", print_of(ONE), may_replace=False)
    other = ClientHome(tmp_path / "other", pins_path=home.pins_path)
    with pytest.raises(Refused, match="platform-key-changed"):
        check_pin(other, "platform", "https://market.example", OTHER)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("kind", "command"), [("owner", "market keys show"), ("platform", "market admin identity")]
)
def test_words_that_name_no_key_are_asked_of_whoever_can_read_them(
    kind: Kind, command: str
) -> None:
    assert f"`{command}`" in key_malformed(ValueError("one word"), kind).next_action
