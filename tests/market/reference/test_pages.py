"""The generated pages say what the code says, and all of it."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

import market
from market.errors import NotFound
from market.reference.error_codes import SLUG, CodeComputed, Occurrence, read_occurrences
from market.reference.explain import explain
from market.reference.pages import pages
from market.reference.rooms import read_rooms
from market.reference.settings_page import agent_settings, platform_settings
from market.settings import Settings

ROOT = Path(market.__file__).parents[1]


@pytest.fixture(scope="module")
def occurrences() -> Sequence[Occurrence]:
    return read_occurrences(ROOT)


def test_pages_are_the_codes() -> None:
    stale = [path.name for path, text in pages().items() if path.read_text("utf-8") != text]
    assert stale == [], "run `make pages`"


def test_every_error_has_a_stable_code_a_message_and_a_next_action(
    occurrences: Sequence[Occurrence],
) -> None:
    assert occurrences
    lacking = [
        f"{one.module}:{one.code}"
        for one in occurrences
        if not (SLUG.fullmatch(one.code) and one.message and one.next_action)
    ]
    assert lacking == []


def test_a_code_is_of_one_kind_wherever_it_is_raised(occurrences: Sequence[Occurrence]) -> None:
    kinds: dict[str, set[str]] = {}
    # A job can end with the code of what stopped it.
    for one in (each for each in occurrences if each.kind != "ended"):
        kinds.setdefault(one.code, set()).add(one.kind)
    assert {code: seen for code, seen in kinds.items() if len(seen) > 1} == {}


def test_code_that_is_put_together_is_refused(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "odd.py").write_text('raise Refused(f"{what}-odd", "Odd.", "Go.")')
    with pytest.raises(CodeComputed, match=r"market\.odd:1"):
        read_occurrences(tmp_path)


def test_codes_are_found_in_calls_choices_and_own_classes(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "some.py").write_text(
        "class Full(Refused):\n"
        "    def __init__(self, account):\n"
        '        super().__init__("full", f"{account.name} is full.", "Wait.")\n'
        "def no(one):\n"
        '    raise Conflict("one-odd" if one else "two-odd", "Odd.", "Go.")\n'
        "def on(error):\n"
        "    raise Refused(error.code, error.message, error.next_action)\n"
    )
    found = [(one.code, one.kind, one.message) for one in read_occurrences(tmp_path)]
    assert found == [
        ("full", "refused", "<name> is full."),
        ("one-odd", "conflict", "Odd."),
        ("two-odd", "conflict", "Odd."),
    ]


def test_codes_are_found_of_jobs_that_end_and_behind_the_names_of_constants(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "names.py").write_text('AGAIN: Final = "Try again."\nOFF = "no"\n')
    (tmp_path / "market" / "some.py").write_text(
        "from market.names import AGAIN, OFF\n"
        'CODE: Final = "broken-off"\n'
        'why = End(CODE, f"{who} left.", AGAIN)\n'
        'late = Expiry("late", OFF, "Wait.")\n'
    )
    found = [
        (one.code, one.kind, one.message, one.next_action) for one in read_occurrences(tmp_path)
    ]
    assert found == [
        ("broken-off", "ended", "<who> left.", "Try again."),
        ("late", "ended", "<off>", "Wait."),
    ]


def test_a_text_that_a_function_names_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "some.py").write_text(
        "def odd(kind, more):\n"
        '    command = "market one" if kind else f"market {kind}"\n'
        '    rest = f" and {more} more" if more else ""\n'
        '    twice = "a"\n'
        '    twice = "b"\n'
        '    return Refused("odd", f"Odd{rest}: {twice}.", f"Ask `{command}`.")\n'
    )
    (found,) = read_occurrences(tmp_path)
    assert found.message == "Odd[ and <more> more]: <twice>."
    assert found.next_action == "Ask `market one / market <kind>`."


def test_no_entry_loses_a_text_that_stands_in_the_code() -> None:
    assert "market admin identity / market keys show" in explain("key-malformed")


def test_codes_are_found_where_a_kind_has_another_name(tmp_path: Path) -> None:
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "late.py").write_text("class Late(Unavailable):\n    pass\n")
    (tmp_path / "market" / "some.py").write_text(
        "def require(failure: type[Unavailable]):\n"
        '    raise failure("away", "Away.", "Wait.")\n'
        "def ask(is_late):\n"
        "    kind = Late if is_late else Unavailable\n"
        '    raise kind("silent", "Silent.", "Wait.")\n'
        "def tell():\n"
        '    raise Late("late", "Late.", "Wait.")\n'
    )
    found = [(one.code, one.kind) for one in read_occurrences(tmp_path)]
    assert found == [("away", "unavailable"), ("late", "unavailable"), ("silent", "unavailable")]


def test_no_code_is_raised_past_the_page(occurrences: Sequence[Occurrence]) -> None:
    known = {one.code for one in occurrences}
    raised = {
        node.exc.args[0].value
        for path in (ROOT / "market").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and len(node.exc.args) == 3
        and isinstance(node.exc.args[0], ast.Constant)
    }
    assert len(raised) > 100
    assert raised <= known


def test_every_setting_says_what_it_is_for() -> None:
    assert [one.key for one in platform_settings() if not one.meaning] == []
    assert [one.key for one in agent_settings() if not one.meaning] == []
    fields = {field.name for field in dataclasses.fields(Settings)}
    assert {one.key for one in platform_settings()} == fields - {"home"}


def test_a_code_is_explained_in_plain_words() -> None:
    text = explain("over-budget")
    assert text.startswith("over-budget\n\n")
    assert "Ask for a smaller epsilon" in text
    assert "\\" not in text


def test_every_room_and_module_says_what_it_is() -> None:
    rooms = read_rooms(ROOT)
    silent = [f"{room.name}/{name}" for room in rooms for name, said in room.modules if not said]
    assert silent == []


def test_unknown_code_is_said_to_be_none() -> None:
    with pytest.raises(NotFound, match="no-code"):
        explain("nothing-like-it")
