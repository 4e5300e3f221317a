"""A draft taken up is what its owner was shown, and is published once whatever stops the client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import TABLE
from world.drafts import VISITS, a_draft
from world.live_market import LiveMarket, live_market, now
from world.people import OSCAR, settle

from market.entities.draft import Draft, DraftColumn, DraftContent, TakenUp
from market.errors import Conflict, NotFound, Refused
from market.owner.declaration.declaration_words import columns_in_words, declaration_in_words
from market.owner.declaration.describe import Declaration, parse_declaration, read_declaration
from market.owner.drafting.draft_declaration import declaration_of
from market.owner.drafting.propose import propose_draft
from market.owner.drafting.take_up import Offer, take_up
from market.services.publish.read_drafts import read_draft
from market.services.publish.write_draft import save_draft, start_draft

pytestmark = pytest.mark.stories


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("drafts")) as made:
        settle(made.people, OSCAR)
        yield made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "visits.csv"
    path.write_text(TABLE)
    return path


def started(market: LiveMarket, dataset: str, **changes: object) -> Draft:
    content = replace(VISITS, dataset=dataset, **changes)  # type: ignore[arg-type]
    return start_draft(market.platform, market.olga, content, now=now())


def yes(offer: Offer) -> bool:
    return bool(offer.text)


def taken(market: LiveMarket, draft: Draft, table: Path, by: str = "olga") -> Path:
    return take_up(market.client(by, "owner"), draft.number, table, out=None, agree=yes)


def test_draft_becomes_a_listed_dataset(market: LiveMarket, table: Path) -> None:
    draft, offers = started(market, "from-a-draft"), list[Offer]()
    path = take_up(
        market.client("olga", "owner"),
        draft.number,
        table,
        out=None,
        agree=lambda offer: not offers.append(offer),  # type: ignore[func-returns-value]
    )
    assert path == table.with_name("from-a-draft.toml")
    assert offers[0].not_taken == ("person",)
    assert offers[0].declaration == read_declaration(path)
    assert read_draft(market.platform, market.olga, draft.number).step == "taken-up"
    market.publish("from-a-draft", text=path.read_text())
    read = read_draft(market.platform, market.olga, draft.number)
    assert read.step == "listed"
    assert read.listed is not None
    assert read.listed.listing.record.schema == offers[0].declaration.schema


def test_columns_of_a_file_begin_a_draft(market: LiveMarket, table: Path) -> None:
    table.write_text('Person No.;"Body Mass, in kg";visits;;visits!\n1;2;3;4;5\n')
    content = propose_draft(table, "")
    assert [(one.name, one.header) for one in content.columns] == [
        ("person_no", ""),
        ("body_mass_in_kg", ""),
        ("visits", "visits"),
        ("visits_2", "visits!"),
    ]
    made = market.client("olga", "owner").post("drafts", {"draft": content.document()})
    assert market.platform.drafts.get(made["number"]).content == content


def test_nothing_is_written_or_told_to_the_portal_without_a_yes(
    market: LiveMarket, table: Path
) -> None:
    draft, portal = started(market, "not-wanted"), market.client("olga", "owner")
    with pytest.raises(Refused, match="not-confirmed"):
        take_up(portal, draft.number, table, out=None, agree=lambda _offer: False)
    assert list(table.parent.iterdir()) == [table]
    assert market.platform.drafts.get(draft.number).taken is None


def test_client_that_was_stopped_goes_on_and_another_person_is_told(
    market: LiveMarket, table: Path
) -> None:
    draft = started(market, "goes-on")
    path = taken(market, draft, table)
    text = path.read_text()
    assert taken(market, draft, table) == path
    with pytest.raises(Conflict, match=r"draft-taken.*olga at "):
        take_up(
            market.client("oscar", "owner"),
            draft.number,
            table,
            out=table.with_name("oscars.toml"),
            agree=yes,
        )
    assert not table.with_name("oscars.toml").exists()
    other = replace(draft.content, title="New")
    save_draft(market.platform, market.olga, draft.number, other, revision=1, now=now())
    with pytest.raises(Conflict, match="file-exists"):
        taken(market, draft, table)
    assert path.read_text() == text
    kept = market.platform.drafts.get(draft.number).taken
    assert kept is not None
    assert kept == TakenUp("olga", kept.at, 1)


def test_draft_that_changes_while_it_is_read_is_not_signed(market: LiveMarket, table: Path) -> None:
    draft = started(market, "changes")

    def agree(offer: Offer) -> bool:
        looser = replace(draft.content, budget_epsilon="100")
        save_draft(market.platform, market.olga, offer.number, looser, revision=1, now=now())
        return True

    with pytest.raises(Conflict, match="draft-changed"):
        take_up(market.client("olga", "owner"), draft.number, table, out=None, agree=agree)
    assert list(table.parent.iterdir()) == [table]


def test_columns_that_the_table_lacks_are_all_told(market: LiveMarket, table: Path) -> None:
    visits, insured = VISITS.columns
    other = DraftColumn("weight", "Weight, kg", "boolean", "Weighed")
    columns = (replace(visits, name="visit"), insured, other)
    draft = started(market, "lacks-columns", columns=columns)
    with pytest.raises(Refused, match="table-column-missing") as refused:
        taken(market, draft, table)
    assert "“visit” (did you mean “visits”?); “Weight, kg”" in refused.value.message


def test_draft_of_others_or_half_of_one_is_refused(market: LiveMarket, table: Path) -> None:
    half = started(market, "half", title="", access="")
    with pytest.raises(Refused, match=r"draft-incomplete.*Title: Give it a title"):
        taken(market, half, table)
    others = market.platform.drafts.add("north-lab", VISITS, by="bob", most=9, now=now())
    with pytest.raises(NotFound, match="no-draft"):
        taken(market, others, table)


def test_words_say_what_became_looser() -> None:
    first = _declared(VISITS)
    looser = _declared(replace(VISITS, budget_epsilon="40", access="open", price="1.5"))
    said = {one.about: one for one in declaration_in_words(looser, before=first.policy)}
    assert "epsilon 40.00" in said["everybody may learn"].words
    assert "epsilon 20.00" in said["everybody may learn"].before
    assert (said["price"].words, said["price"].before) == ("1.50 a question", "0.00 a question")
    assert said["who may ask"].before == ""
    assert [row[0] for row in columns_in_words(looser)] == ["visits", "insured"]


def _declared(content: DraftContent) -> Declaration:
    return parse_declaration(declaration_of(a_draft(content)))
