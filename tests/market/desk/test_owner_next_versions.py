"""Further versions at the desk: rows appended by the owner's word, or all anew; older ones end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.arrivals import watched_arrivals
from world.desk_browser import DeskBrowser
from world.live_market import LiveMarket, live_market
from world.owners_day import declared
from world.owners_file import TABLE
from world.signed_in_desk import SCOPES, signed_in_home
from world.waiting import eventually

from crypto.parameters import PRODUCTS
from market.desk.undertakings import Undertaking
from market.owner.drafting.declarations import begin_declaration, keep_declaration, read_begun
from market.owner.publish import encrypt_table, make_version
from market.owner.word.change_terms import Wanted, changed_terms
from market.owner.word.relist import relist, terms_in_force
from market.policy.listing.counted_chunks import chunks_named_again
from market.records.listing import Listing
from market.records.union import Partner, Together, Union

pytestmark = pytest.mark.stories

BLOCK = PRODUCTS.values_per_ciphertext
NEXT, PUBLISH, TABLE_PAGE = (f"/tables/{page}/stays" for page in ("next", "publish", "of"))


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveMarket]:
    """Whose owner's blocks are of one ciphertext, so that a small table has a full one."""
    for module in (encrypt_table, make_version):
        monkeypatch.setattr(module, "CIPHERTEXTS_PER_CHUNK", 1)
    with live_market(tmp_path) as market:
        yield market


@pytest.fixture
def desk(market: LiveMarket) -> Iterator[DeskBrowser]:
    signed_in_home(market, market.root / "client", "olga", *SCOPES)
    browser = DeskBrowser.at(market.root)
    yield browser
    browser.desk.close()


def written(folder: Path, rows: int) -> Path:
    """A file whose first rows are always the same."""
    lines = (
        f"p{i};{20 + i % 60};{'F' if i % 2 else 'm'};{i % 14};{i % 900};x" for i in range(rows)
    )
    path = folder / f"stays-{rows}.csv"
    path.write_text("\n".join([TABLE.partition("\n")[0], *lines, ""]))
    return path


def ended(desk: DeskBrowser, answer: Any) -> Undertaking:
    work = desk.desk.undertakings.find(desk.place(answer).removeprefix("/undertakings/"))
    eventually(lambda: work.state != "working")
    assert work.state == "done", (work.error, work.question)
    return work


def first_version(desk: DeskBrowser, folder: Path, rows: int = BLOCK + 100) -> None:
    """Declared and published at this desk."""
    with desk.desk.agent() as (home, _):
        begun = declared(begin_declaration(home, "stays", written(folder, rows)))
        room = replace(begun.content, capacity_rows=str(2 * BLOCK))
        keep_declaration(home, replace(begun, content=room))
    ended(desk, desk.post(PUBLISH, page=PUBLISH))


def listed(market: LiveMarket) -> Listing:
    return market.catalogue.dataset("stays").listing.record


def chunks_taken_over(market: LiveMarket) -> int:
    """Of how many chunks the newest manifest names another version's."""
    return len(list(chunks_named_again(market.catalogue.dataset("stays").manifest.record)))


def test_rows_are_appended_by_the_owners_word(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    first_version(desk, tmp_path)
    # Terms that were changed since are those of the next version, too.
    together = Together(unions=(Union((Partner("stays-south", "ab" * 20),), "masked"),))
    wanted = Wanted(price_cents=900, together=together)
    terms = changed_terms(terms_in_force(market.owner, "stays"), wanted)
    relist(market.client("olga", "owner"), market.owner, "stays", terms)
    assert "1 full block of version 1" in " ".join(desk.get(NEXT).text.split())
    table, room = written(tmp_path, BLOCK + 500), 3 * BLOCK
    begun = desk.post(NEXT, page=NEXT, table=str(table), capacity_rows=str(room))
    assert desk.place(begun) == PUBLISH, "headers and codes are known: nothing is to be said"
    asked = " ".join(desk.get(PUBLISH).text.replace("\u202f", " ").split())
    assert "version 1 had 8 192 to 16 383 rows" in asked
    refused = desk.post(PUBLISH, page=PUBLISH, appends="yes")
    assert refused.status_code == 422
    assert "have not agreed" in refused.text
    work = ended(desk, desk.post(PUBLISH, page=PUBLISH, appends="yes", may_show="yes"))
    shown = " ".join(desk.get(work.path).text.split())
    assert "Encrypted and sent: 2 of its 3 blocks of rows" in shown
    newest = listed(market)
    assert (newest.version, newest.policy.price_cents, newest.schema.capacity_rows) == (
        2,
        900,
        room,
    )
    assert newest.together == together
    assert chunks_taken_over(market) > 0
    assert "version 2" in desk.get(TABLE_PAGE).text


@pytest.mark.parametrize("at", [0, 2], ids=["encrypting", "sending"])
def test_stopped_append_goes_on_at_a_desk_begun_anew_and_nothing_is_sent_twice(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path, at: int
) -> None:
    """Until it is begun again the first version is answered as it was."""
    first_version(desk, tmp_path)
    first = market.catalogue.dataset("stays").manifest
    desk.post(NEXT, page=NEXT, table=str(written(tmp_path, BLOCK + 500)))
    works: list[Undertaking] = []

    def stops(_key: str) -> None:
        for work in works if len(arrivals.stored) == at else ():
            work.stop()

    with watched_arrivals(stops) as arrivals:
        answer = desk.post(PUBLISH, page=PUBLISH, appends="yes", may_show="yes")
        path = desk.place(answer)
        works.append(desk.desk.undertakings.find(path.removeprefix("/undertakings/")))
        if not at:
            eventually(lambda: works[0].steps)
            works[0].stop()
        eventually(lambda: works[0].state != "working")
        assert works[0].error is not None
        assert works[0].error.code == "stopped"
        assert "Nothing is lost" in desk.get(path).text
        assert "goes on from where it stood" in desk.get(TABLE_PAGE).text
        assert market.catalogue.dataset("stays").manifest == first
        desk.desk.close()
        anew = DeskBrowser.at(market.root)
        assert anew.get(path).status_code == 404
        ended(anew, anew.post(PUBLISH, page=PUBLISH, appends="yes", may_show="yes"))
        anew.desk.close()
    newest = market.catalogue.dataset("stays").manifest.record
    named = {chunk.key for column in newest.columns for chunk in column.chunks}
    assert newest.version == 2
    assert chunks_taken_over(market) > 0
    assert arrivals.again == []
    assert set(arrivals.stored) <= named
    old = {chunk.key for column in first.record.columns for chunk in column.chunks}
    assert set(market.platform.objects.list("datasets/stays/")) == named | old


def test_without_that_word_all_of_it_is_encrypted(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    first_version(desk, tmp_path)
    desk.post(NEXT, page=NEXT, table=str(written(tmp_path, BLOCK + 500)))
    ended(desk, desk.post(PUBLISH, page=PUBLISH))
    assert (listed(market).version, chunks_taken_over(market)) == (2, 0)


def test_version_without_a_full_block_offers_nothing_to_take_over(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    first_version(desk, tmp_path, rows=200)
    assert "fills no block" in desk.get(NEXT).text
    desk.post(NEXT, page=NEXT, table=str(written(tmp_path, 300)))
    assert "Only what is new" not in desk.get(PUBLISH).text


@pytest.mark.parametrize("is_kept", [True, False])
def test_table_published_elsewhere_is_declared_where_its_declaration_is_not_kept(
    market: LiveMarket, desk: DeskBrowser, *, is_kept: bool
) -> None:
    market.publish()
    table = market.root / "owner" / "visits.csv"
    if not is_kept:
        (market.home.datasets_path / "visits" / "1" / "dataset.toml").unlink()
    begun = desk.post("/tables/next/visits", page="/tables/next/visits", table=str(table))
    assert desk.place(begun).startswith(f"/tables/{'publish' if is_kept else 'declare'}/visits")
    with desk.desk.agent() as (home, _):
        assert read_begun(home, "visits").content.title == "Doctor visits"


def test_file_that_is_none_keeps_the_declaration_as_it_was(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    first_version(desk, tmp_path, rows=200)
    with desk.desk.agent() as (home, _):
        before = read_begun(home, "stays")
    for bad in ({"table": ""}, {"table": str(tmp_path / "none.csv")}, {"table": "/no\0"}):
        assert desk.post(NEXT, page=NEXT, **bad).status_code == 422, bad
    with desk.desk.agent() as (home, _):
        assert read_begun(home, "stays") == before
    begun = desk.post(NEXT, page=NEXT, table=before.table, capacity_rows="many")
    assert desk.place(begun).startswith("/tables/declare/stays"), "where it says what is wrong"
    assert "The declaration is not whole" in desk.get(PUBLISH).text


def test_older_version_ends_by_its_name_and_its_number(
    market: LiveMarket, desk: DeskBrowser, tmp_path: Path
) -> None:
    first_version(desk, tmp_path, rows=200)
    desk.post(NEXT, page=NEXT, table=str(written(tmp_path, 300)))
    ended(desk, desk.post(PUBLISH, page=PUBLISH))
    drop = f"{TABLE_PAGE}/drop"
    assert "End an older version" in desk.get(TABLE_PAGE).text
    for version, typed in (("1", "stays"), ("1", "stays 2"), ("2", "stays 2"), ("x", "stays x")):
        refused = desk.post(drop, page=TABLE_PAGE, version=version, typed=typed)
        assert refused.status_code == 422, typed
    done = desk.post(drop, page=TABLE_PAGE, version="1", typed="stays 1")
    assert desk.place(done) == f"{TABLE_PAGE}?done=version-ended"
    shown = desk.get(TABLE_PAGE).text
    assert "Ended for good: version 1." in shown
    assert "End an older version" not in shown
    assert "Older versions that stay answered" not in shown
