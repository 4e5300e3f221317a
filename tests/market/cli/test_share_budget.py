"""A small table without ids beside one with ids: its owner is asked before a budget is cut."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from world import command_lines
from world.command_lines import CommandLines
from world.people import PASSWORD

pytestmark = pytest.mark.stories

FIRST = command_lines.DECLARATION.replace('dataset = "visits"', 'dataset = "first"').replace(
    "[privacy_unit]", '[privacy_unit]\ncolumn = "patient"'
)
SECOND = (
    command_lines.DECLARATION.replace('dataset = "visits"', 'dataset = "second"')
    .replace("budget_epsilon = 40", "budget_epsilon = 20")
    .replace("buyer_epsilon = 30", "buyer_epsilon = 20")
)


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    """`olga` has published `first`."""
    with command_lines.command_lines(tmp_path_factory.mktemp("sharing")) as place:
        place.done("platform", "admin", "organisation", "rand", "--name", "Rand")
        user = ("admin", "user", "olga", "--organisation", "rand", "--name", "Olga")
        place.done("platform", *user, "--role", "owner", given=PASSWORD)
        place.done("olga", "keys", "new")
        scopes = [part for scope in ("client", "owner", "agent") for part in ("--scope", scope)]
        login = ("login", place.words["url"], "--user", "olga", *scopes)
        place.done("olga", *login, given=PASSWORD)
        place.done("olga", "keys", "register")
        place.done("olga", "agent", "init")
        (place.root / "first.csv").write_text("patient,visits,health\nA,1,good\nB,2,poor\n")
        (place.root / "second.csv").write_text("visits,health\n1,good\n2,poor\n")
        (place.root / "first.toml").write_text(FIRST)
        (place.root / "second.toml").write_text(SECOND)
        publish(place, "first")
        yield place


def publish(place: CommandLines, name: str, *options: str) -> tuple[int, str]:
    files = (str(place.root / f"{name}.toml"), str(place.root / f"{name}.csv"))
    result = place.run("olga", "dataset", "publish", *files, *options)
    return result.exit_code, result.output


def shown(place: CommandLines, name: str) -> str:
    return place.done("olga", "dataset", "show", name).stdout


def test_budget_is_shared_only_when_its_owner_says_so(place: CommandLines) -> None:
    before = shown(place, "first")
    assert "(epsilon 40.00)" in before
    code, said = publish(place, "second")
    assert code == 1
    assert "budget-shared" in said
    assert "first: rho" in said
    assert "(epsilon 20.00) in all, until now rho" in said
    assert shown(place, "first") == before
    code, said = publish(place, "second", "--share-budget")
    assert code == 0, said
    for name in ("first", "second"):
        in_all = next(line for line in shown(place, name).splitlines() if "budget in all" in line)
        assert "(epsilon 20.00)" in in_all
    status = json.loads(place.done("olga", "agent", "status", "--json").stdout)
    caps = {
        account["cap_units"]
        for dataset in status["datasets"]
        for account in dataset["accounts"]
        if account["account"].startswith("lineage/")
    }
    assert len(caps) == 1


def test_declared_distinct_table_has_its_own_budget_and_says_so(place: CommandLines) -> None:
    apart = SECOND.replace(
        "[privacy_unit]", '[population]\ndistinct_from = ["first"]\n\n[privacy_unit]'
    )
    (place.root / "second.toml").write_text(apart)
    code, said = publish(place, "second")
    assert code == 0, said
    assert "nobody of this table is in: first." in shown(place, "second")
    assert "(epsilon 40.00)" in shown(place, "first")
