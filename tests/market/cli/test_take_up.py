"""At the terminal a draft is read before it is signed; where nobody reads it, it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click
import pytest
from world import command_lines
from world.command_lines import CommandLines
from world.drafts import VISITS
from world.live_market import now
from world.people import PASSWORD

from market.cli.owner import drafts
from market.entities.draft import read_draft_document
from market.services.publish.write_draft import save_draft, start_draft

pytestmark = pytest.mark.stories


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    """`olga` may publish, and has a whole draft in the portal."""
    with command_lines.command_lines(tmp_path_factory.mktemp("drafts")) as place:
        place.done("platform", "admin", "organisation", "clinics", "--name", "Clinics")
        user = ("admin", "user", "olga", "--organisation", "clinics", "--name", "Olga")
        place.done("platform", *user, "--role", "owner", given=PASSWORD)
        place.done("olga", "keys", "new")
        scopes = [part for scope in ("client", "owner", "agent") for part in ("--scope", scope)]
        login = ("login", place.words["url"], "--user", "olga", *scopes)
        place.done("olga", *login, given=PASSWORD)
        place.done("olga", "keys", "register")
        place.done("olga", "agent", "init")
        (place.root / "table.csv").write_text("who,visits,insured\n" + "A,1,yes\nB,2,no\n" * 9)
        olga = place.platform.people.user("olga")
        start_draft(place.platform, olga, VISITS, now=now())
        yield place


def taken_up(place: CommandLines, *options: str) -> tuple[int, str]:
    table = str(place.root / "table.csv")
    result = place.run("olga", "dataset", "take-up", "1", "--table", table, *options)
    return result.exit_code, result.output


def answer(monkeypatch: pytest.MonkeyPatch, word: bool) -> list[str]:
    """Sit at the terminal, and say yes or no to whatever is asked."""
    asked: list[str] = []

    def say(question: str, **_more: object) -> bool:
        asked.append(question)
        return word

    monkeypatch.setattr(drafts, "is_at_terminal", lambda _session: True)
    monkeypatch.setattr(click, "confirm", say)
    return asked


def test_nobody_signs_what_nobody_read(place: CommandLines) -> None:
    code, said = taken_up(place)
    assert (code, "not-confirmed" in said, "Give --write-only" in said) == (1, True, True)
    assert not (place.root / "visits.toml").exists()


def test_it_may_be_written_to_be_read_in_peace(place: CommandLines) -> None:
    out = place.root / "to-read.toml"
    code, said = taken_up(place, "--write-only", "--out", str(out), "--json")
    assert (code, json.loads(said)) == (0, {"draft": 1, "declaration": str(out)})
    assert 'dataset = "visits"' in out.read_text()
    assert "market dataset publish" in taken_up(place, "--write-only", "--out", str(out))[1]


def test_draft_is_shown_and_asked_about_then_listed(
    place: CommandLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, False)
    code, said = taken_up(place)
    assert (code, "You said no." in said) == (1, True)
    for told in (
        "version              1",
        "who may ask          every buyer of the portal may ask",
        "visits   numeric  0 to 10",
        "Not taken of the table: who",
    ):
        assert told in said, said
    assert asked == ["Encrypt, sign and list it as it stands above?"]
    answer(monkeypatch, True)
    code, said = taken_up(place)
    assert (code, "Listed visits version 1." in said) == (0, True), said
    listed = json.loads(place.done("olga", "dataset", "drafts", "--json").stdout)
    assert [(one["number"], one["step"]) for one in listed] == [(1, "listed")]
    # What it was before is said beside what it shall be.
    document = place.platform.drafts.get(1)
    looser = document.content.document().replace('"budget_epsilon":"20"', '"budget_epsilon":"50"')
    olga = place.platform.people.user("olga")
    save_draft(place.platform, olga, 1, read_draft_document(looser), revision=1, now=now())
    answer(monkeypatch, False)
    said = taken_up(place, "--out", str(place.root / "second.toml"))[1]
    assert "version              2" in said
    assert "CHANGED; until now: rho" in said
