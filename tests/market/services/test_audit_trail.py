"""What administrators do stands in a trail before it is done; who alters the trail is found."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest
from world.builders import NOW
from world.market import Market
from world.memory.audit import MemoryAuditTrail
from world.people import PASSWORD

from market.entities.people import Operator, Organisation, User
from market.errors import Conflict, NotPermitted, Refused, Unavailable
from market.policy.finding.audit_filter import Wanted, read_wanted
from market.ports.audit import KeptEntry
from market.records.audit import AuditEntry
from market.records.signed import Signed, sign_record
from market.services.audit_trail import (
    LOOKED_AT,
    PAGE,
    Deed,
    audited,
    export_document,
    export_trail,
    read_trail,
)
from market.services.people import administer_people
from market.services.people.choose_password import choose_password, make_password_link
from market.services.people.set_up import make_setup_link, set_up

OPERATOR = Operator()
LAB = Organisation("new-lab", "New Lab")
NINA = User("nina", "new-lab", "Nina", ("buyer", "owner"), "", is_active=True)


@pytest.fixture
def market() -> Market:
    return Market(entropy=secrets.token_bytes)


def entries(market: Market) -> list[AuditEntry]:
    found, _ = export_trail(market.platform, OPERATOR, now=NOW)
    return [one.record for one in found]


def told(market: Market) -> list[tuple[str | None, str, str, str, str]]:
    return [(one.by, one.act, one.subject, one.before, one.after) for one in entries(market)]


def administer(market: Market) -> None:
    """One act of every kind that a person can be the subject of."""
    ada = market.user("ada")
    administer_people.add_organisation(market.platform, OPERATOR, LAB, now=NOW)
    administer_people.add_user(market.platform, ada, NINA, PASSWORD, now=NOW)
    administer_people.set_roles(market.platform, ada, "nina", ("owner",), now=NOW)
    administer_people.set_active(market.platform, ada, "nina", is_active=False, now=NOW)
    administer_people.set_active(market.platform, ada, "nina", is_active=True, now=NOW)
    administer_people.set_password(market.platform, ada, "nina", PASSWORD, now=NOW)


def test_every_act_says_who_did_what_to_whom_in_ids(market: Market) -> None:
    administer(market)
    assert told(market) == [
        (None, "organisation-added", "new-lab", "", ""),
        ("ada", "user-added", "nina", "", "new-lab buyer owner"),
        ("ada", "roles-set", "nina", "buyer owner", "owner"),
        ("ada", "deactivated", "nina", "", ""),
        ("ada", "activated", "nina", "", ""),
        ("ada", "password-set", "nina", "", ""),
    ]


def test_whoever_uses_a_link_does_so_in_their_own_name(market: Market) -> None:
    link = make_password_link(market.platform, market.user("ada"), "bob", now=NOW)
    choose_password(market.platform, link, "violet-anchor-7-moss", network="", now=NOW)
    assert told(market) == [
        ("ada", "password-link-made", "bob", "", ""),
        ("bob", "password-chosen", "bob", "", ""),
    ]


def test_no_entry_holds_a_secret() -> None:
    market = Market(entropy=secrets.token_bytes, with_people=False)
    link = make_setup_link(market.platform, OPERATOR, now=NOW)
    set_up(
        market.platform, link, organisation=LAB, user="ada", name="Ada", password=PASSWORD, now=NOW
    )
    ada = market.user("ada")
    shown = make_password_link(market.platform, ada, "ada", now=NOW)
    chosen = "violet-anchor-7-moss"
    choose_password(market.platform, shown, chosen, network="", now=NOW)
    acts = ["setup-link-made", "set-up", "password-link-made", "password-chosen"]
    assert [act for _, act, *_ in told(market)] == acts
    kept = "".join(one.document for one in market.platform.audit.after(0, limit=9))
    assert "ada" in kept
    assert not any(secret in kept for secret in (link, shown, chosen, PASSWORD))


def test_an_act_that_is_refused_is_followed_by_a_word_on_it(market: Market) -> None:
    with pytest.raises(Conflict, match="last-administrator"):
        administer_people.set_roles(market.platform, market.user("ada"), "ada", ("owner",), now=NOW)
    _, word = entries(market)
    assert (word.act, word.not_done, word.code) == ("roles-set", 1, "last-administrator")


def test_who_may_not_administer_writes_and_reads_nothing(market: Market) -> None:
    with pytest.raises(NotPermitted, match="role-missing"):
        administer_people.set_active(market.platform, market.bob, "ada", is_active=False, now=NOW)
    for read in (
        lambda: read_trail(market.platform, market.bob, below=None),
        lambda: export_trail(market.platform, market.bob, now=NOW),
    ):
        with pytest.raises(NotPermitted, match="role-missing"):
            read()
    assert entries(market) == []


def test_a_guessed_link_writes_nothing(market: Market) -> None:
    with pytest.raises(NotPermitted, match="link-dead"):
        choose_password(market.platform, "guessed", "violet-anchor-7-moss", network="", now=NOW)
    with pytest.raises(NotPermitted, match="link-dead"):
        set_up(
            market.platform,
            "guessed",
            organisation=LAB,
            user="mallory",
            name="M",
            password=PASSWORD,
            now=NOW,
        )
    assert entries(market) == []


def test_what_cannot_be_written_down_is_not_done(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_entry: object) -> None:
        raise Unavailable("database-full", "No room.", "Make room.")

    monkeypatch.setattr(market.platform.audit, "append", full)
    with pytest.raises(Unavailable, match="database-full"):
        administer_people.set_active(
            market.platform, market.user("ada"), "bob", is_active=False, now=NOW
        )
    assert market.bob.is_active


def deleted(rows: dict[int, str]) -> None:
    del rows[3]


def altered(rows: dict[int, str]) -> None:
    rows[3] = rows[3].replace('"by":"ada"', '"by":"bob"')


def swapped(rows: dict[int, str]) -> None:
    rows[3], rows[4] = rows[4], rows[3]


def moved_up(rows: dict[int, str]) -> None:
    for number in range(3, len(rows)):
        rows[number] = rows[number + 1]
    del rows[max(rows)]


def begun_anew(rows: dict[int, str]) -> None:
    del rows[1]


@pytest.mark.parametrize("tamper", [deleted, altered, swapped, moved_up, begun_anew])
def test_who_tampers_with_the_trail_is_found(
    market: Market, tamper: Callable[[dict[int, str]], None]
) -> None:
    administer(market)
    trail = market.platform.audit
    assert isinstance(trail, MemoryAuditTrail)
    tamper(trail.documents)
    with pytest.raises(Refused, match=r"audit-broken: .*\b[134]\b"):
        entries(market)


def test_what_is_cut_off_the_end_shows_beside_an_earlier_export(market: Market) -> None:
    administer(market)
    _, head = export_trail(market.platform, OPERATOR, now=NOW)
    trail = market.platform.audit
    assert isinstance(trail, MemoryAuditTrail)
    del trail.documents[6]
    assert len(entries(market)) == 5
    with pytest.raises(Refused, match="audit-broken: Entries 6 to 6 are missing"):
        export_trail(market.platform, OPERATOR, now=NOW, head=head.record)
    administer_people.set_active(
        market.platform, market.user("ada"), "bob", is_active=False, now=NOW
    )
    with pytest.raises(Refused, match="audit-broken: Entry 6 is another"):
        export_trail(market.platform, OPERATOR, now=NOW, head=head.record)


def test_a_trail_that_grew_still_holds_an_earlier_head(market: Market) -> None:
    _, none = export_trail(market.platform, OPERATOR, now=NOW)
    administer(market)
    _, head = export_trail(market.platform, OPERATOR, now=NOW, head=none.record)
    administer_people.set_password(market.platform, OPERATOR, "bob", PASSWORD, now=NOW)
    found, newest = export_trail(market.platform, OPERATOR, now=NOW + 1, head=head.record)
    assert len(found) == 7
    assert newest.record == replace(newest.record, number=7, at=NOW + 1)


def test_a_page_ends_where_the_next_begins(market: Market) -> None:
    for _ in range(PAGE + 1):
        administer_people.add_organisation(market.platform, OPERATOR, LAB, now=NOW)
    first = read_trail(market.platform, OPERATOR, below=None)
    assert [one.number for one in first.entries] == list(range(PAGE + 1, 1, -1))
    last = read_trail(market.platform, OPERATOR, below=first.older)
    assert ([one.number for one in last.entries], last.older) == ([1], None)


def read_all(market: Market, wanted: Wanted) -> list[int]:
    """Numbers of the wanted entries, over all pages, newest first."""
    found: list[int] = []
    below: int | None = None
    while True:
        page = read_trail(market.platform, OPERATOR, below=below, wanted=wanted)
        found += [one.number for one in page.entries]
        below = page.older
        if below is None:
            return found


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(), [6, 5, 4, 3, 2, 1]),
        (Wanted(by="operator"), [1]),
        (Wanted(by="ada", act="roles-set"), [3]),
        (Wanted(organisation="new-lab"), [6, 5, 4, 3, 2, 1]),
        (Wanted(organisation="harbour"), [6, 5, 4, 3, 2]),
        (Wanted(organisation="north-lab"), []),
        (Wanted(since=NOW, until=NOW), [6, 5, 4, 3, 2, 1]),
        (Wanted(since=NOW + 1), []),
        (Wanted(until=NOW - 1), []),
    ],
)
def test_trail_is_filtered_by_who_what_whom_and_when(
    market: Market, wanted: Wanted, numbers: list[int]
) -> None:
    administer(market)
    assert read_all(market, wanted) == numbers
    exported = export_document(market.platform, OPERATOR, wanted, now=NOW)
    assert [one["record"]["number"] for one in exported["entries"]] == numbers[::-1]


class CountingTrail(MemoryAuditTrail):
    """Counts the entries that were read."""

    seen: int = 0

    def before(self, number: int | None, *, limit: int) -> list[KeptEntry]:
        found = super().before(number, limit=limit)
        self.seen += len(found)
        return found


def long_trail(market: Market, entries: int, every_seconds: int) -> CountingTrail:
    trail = CountingTrail()
    for number in range(entries):
        by = "zoe" if number == 0 else "ada"

        def sign(at: int, previous: str, by: str = by) -> Signed[AuditEntry]:
            when = NOW + at * every_seconds
            record = AuditEntry(at, previous, when, by, "activated", "bob", "", "", None, "")
            return sign_record(market.platform.identity, record)

        trail.append(sign)
    return trail


def test_page_costs_no_more_however_long_the_trail_and_whatever_is_wanted(market: Market) -> None:
    trail = long_trail(market, 3 * LOOKED_AT, 7_200)
    platform = replace(market.platform, audit=trail)
    here = Market.__new__(Market)
    here.platform = platform
    for wanted in (Wanted(), Wanted(by="zoe"), Wanted(until=NOW + 7_200 * LOOKED_AT)):
        trail.seen = 0
        page = read_trail(platform, OPERATOR, below=None, wanted=wanted)
        assert page.older is not None
        assert trail.seen <= LOOKED_AT + 30
    assert read_all(here, Wanted(by="zoe")) == [1]
    middle = NOW + 7_200 * 1_000
    trail.seen = 0
    assert read_all(here, Wanted(since=middle, until=middle)) == [1_000]
    assert trail.seen < 100
    assert len(read_all(here, Wanted(by="ada"))) == 3 * LOOKED_AT - 1


def test_entries_that_came_a_little_out_of_order_are_found(market: Market) -> None:
    times = [NOW, NOW + 30, NOW + 10, NOW + 20, NOW + 90]
    for at in times:
        with audited(market.platform, OPERATOR, Deed("activated", "bob"), now=at):
            pass
    assert read_all(market, Wanted(since=NOW + 10, until=NOW + 30)) == [4, 3, 2]


def test_filter_refuses_what_is_no_act_or_day() -> None:
    for words in (
        ("", "hack", "", "", ""),
        ("", "", "", "soon", ""),
        ("", "", "", "", "9999-12-31"),
    ):
        with pytest.raises(Refused, match="filter-malformed"):
            read_wanted(*words)
    day = read_wanted("", "", "", "2027-01-31", "2027-01-31")
    assert day.since is not None
    assert day.until == day.since + 24 * 3_600 - 1
