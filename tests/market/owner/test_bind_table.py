"""What binding a table refuses, and that nothing of a refused table counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from world.declarations import TABLE
from world.members_live import LiveMembers, live_members
from world.people import CAROL, OLGA

from market.errors import MarketError, Refused
from market.vault.consortia import read_membership
from market.vault.store.publications import tables

OWN = OLGA.organisation
HEAD = "person,visits,insured\n"


@pytest.fixture
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMembers]:
    with live_members(tmp_path_factory.mktemp("bind")) as made:
        yield made


def entered(market: LiveMembers) -> int:
    with market.stores[OWN].database.reading() as connection:
        return len(tables(connection))


def check_nothing_bound(market: LiveMembers) -> None:
    assert entered(market) == 0
    assert read_membership(market.homes[OWN], market.name, 1).table is None
    assert market.platform.consortia.newest(market.name).bindings == ()


def test_refused_tables_leave_nothing(market: LiveMembers) -> None:
    with pytest.raises(Refused) as refused:
        market.bind_live(OWN, None)
    assert refused.value.code == "table-needed"
    files = market.files_of(OWN)
    files.declaration.write_text(files.declaration.read_text().replace("high = 10", "high = 11"))
    with pytest.raises(Refused, match="column visits") as refused:
        market.bind_live(OWN, files)
    assert refused.value.code == "schema-differs"
    with pytest.raises(MarketError, match="insured"):
        market.bind_live(OWN, market.files_of(OWN, "person,visits,other\np1,1,yes\n"))
    with pytest.raises(Refused):
        market.bind_live(OWN, market.files_of(OWN, HEAD))
    check_nothing_bound(market)


def test_agent_of_another_member_is_refused_before_anything_is_kept(market: LiveMembers) -> None:
    market.homes[OWN] = market.homes[CAROL.organisation]
    with pytest.raises(Refused) as refused:
        market.bind_live(OWN, market.files_of(OWN))
    assert refused.value.code == "member-key"


def test_ids_in_other_spellings_are_one_person_and_told(market: LiveMembers) -> None:
    rows = HEAD + "p1,1,yes\n p1 ,2,no\np2,3,yes\n"
    report = market.bind_live(OWN, market.files_of(OWN, rows)).report
    assert report is not None
    assert (report.encoding.rows_seen, report.encoding.rows_kept) == (3, 2)
    # The same files again are found to be bound; others are the next number.
    again = market.bind_live(OWN, market.files_of(OWN, rows))
    assert (again.version, again.report) == (1, None)
    assert market.bind_live(OWN, market.files_of(OWN, TABLE)).version == 2
