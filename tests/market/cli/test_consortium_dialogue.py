"""A consortium from its proposal to its next agreement, told in commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from world.command_lines import CommandLines
from world.consortium_lines import consortium_lines
from world.dialogue import play

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    """The market after the whole story: every line of it was as written."""
    with consortium_lines(tmp_path_factory.mktemp("consortium")) as place:
        declared = (place.root / "dataset.toml").read_text()
        for name, old, new in (
            ("bounds.toml", "high = 50", "high = 60"),
            ("nulls.toml", 'null = "low"', 'null = "high"'),
        ):
            assert old in declared
            (place.root / name).write_text(declared.replace(old, new))
        play("consortium.txt", place.words, lambda *said: converse(place, *said))
        yield place


def converse(place: CommandLines, role: str, command: list[str], given: str) -> tuple[int, str]:
    if command == ["others", "join"]:
        place.done("carol", "consortium", "join", "three-clinics", "--yes")
        place.done("dora", "consortium", "join", "three-clinics", "--yes", "--no-recipient")
        return 0, ""
    if command == ["others", "consent"]:
        olga, carol, dora = (place.words[name] for name in ("olga", "carol", "dora"))
        consent = ("consortium", "consent", "three-clinics", "--yes")
        place.done("carol", *consent, given=f"{olga}\n{dora}\n")
        place.done("dora", "pin", "member", "three-clinics", "clinics", *olga.split())
        place.done("dora", *consent, given=f"{carol}\n")
        return 0, ""
    result = place.run(role, *command[1:], given=given)
    return result.exit_code, result.output


def test_members_read_it_for_programs_too(place: CommandLines) -> None:
    shown = json.loads(place.done("carol", "consortium", "show", "three-clinics", "--json").stdout)
    assert (shown["number"], shown["state"]) == (2, "proposed")
    assert [one["command"] for one in shown["awaited"]] == [
        "market consortium join three-clinics"
    ] * 3
    first = place.done("dora", "consortium", "show", "three-clinics", "--number", "1", "--json")
    before = json.loads(first.stdout)
    assert (before["state"], before["threshold"]) == ("ended", 1)
    couriers = next(one for one in before["members"] if one["organisation"] == "couriers")
    assert couriers["words"] == place.words["carol"]
    assert couriers["is_compared"]
    assert [one["organisation"] for one in before["members"] if one["bound"]] == ["clinics"]
    listed = json.loads(place.done("olga", "consortium", "list", "--json").stdout)
    assert [one["consortium"] for one in listed] == ["three-clinics"]


def test_error_is_one_json_document(place: CommandLines) -> None:
    result = place.run("bob", "consortium", "show", "three-clinics", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "no-consortium"


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ('composition = "union"', 'composition = "sum"', "composition is 'sum'"),
        ("table = 1", "table = 2", "each at a member"),
        ('organisation = "couriers"', 'organisation = "clinics"', "seats: one or more, each once"),
        ("job_epsilon = 4", "job_epsilon = 0", "policy.job_epsilon is 0"),
        ('approval = "automatic"', 'approval = "no"', "policy.approval"),
        ("capacity_rows = 4000", "rows = 4000", "tables[0].rows is not known"),
        ("levels = ", "kinds = ", "tables[0].columns[1].kinds is not known"),
        ('title = "Visits everywhere"', "title = 3", "title is 3"),
        ('consortium = "three-clinics"', 'consortium = "3"', "3 to 60 characters"),
        ("[policy]", "[policy", "cannot be read as TOML"),
        ("[policy]", "[policy]\nintersection_epsilon = 1", "intersection_epsilon is not known"),
    ],
)
def test_declaration_that_cannot_be_is_refused_by_its_place(
    place: CommandLines, tmp_path: Path, old: str, new: str, wanted: str
) -> None:
    text = (place.root / "three.toml").read_text()
    assert old in text
    path = tmp_path / "bad.toml"
    path.write_text(text.replace(old, new))
    result = place.run("olga", "consortium", "propose", str(path))
    assert result.exit_code == 1, result.output
    assert "Error: declaration-invalid" in result.output
    assert wanted in result.output


def test_proposer_names_their_own_seat(place: CommandLines, tmp_path: Path) -> None:
    text = (place.root / "three.toml").read_text()
    path = tmp_path / "strangers.toml"
    path.write_text(text.replace('organisation = "clinics"', 'organisation = "north-lab"'))
    result = place.run("olga", "consortium", "propose", str(path))
    assert "Error: proposer-without-seat" in result.output


def test_address_is_a_host(place: CommandLines) -> None:
    for address in ("couriers.example.org:4000", "two hosts", "\u202e"):
        join = ("consortium", "join", "three-clinics", "--yes", "--address", address)
        result = place.run("carol", *join)
        assert "Error: seating-malformed" in result.output
