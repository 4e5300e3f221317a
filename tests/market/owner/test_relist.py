"""Other terms for a listed dataset: the agent has them first, whatever the portal answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.declarations import COUNT, MEAN, declaration
from world.live_market import LiveMarket, live_market, now
from world.loopback import free_port

from market.client.http.api import PortalClient
from market.entities.job import Job
from market.errors import Conflict, NotFound, Refused, Unavailable
from market.owner.owner import Owner
from market.owner.word import relist as relisting
from market.owner.word.change_terms import Wanted, changed_terms, declared_terms
from market.owner.word.destroy_key import destroy_key
from market.owner.word.relist import Relisting, Terms, proposed_changes, relist, terms_in_force
from market.owner.word.standing import change_standing
from market.policy.budget.accounts import epoch_account
from market.records.listing import Listing
from market.vault.editions import held_editions, read_listing
from market.vault.holdings import read_holding
from market.vault.layout import version_path
from market.vault.store.spending import balances

pytestmark = pytest.mark.stories


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveMarket]:
    with live_market(tmp_path) as made:
        made.publish()
        yield made


def change(market: LiveMarket, *, portal: PortalClient | None = None, **wanted: Any) -> Relisting:
    terms = changed_terms(terms_in_force(market.owner, "visits"), Wanted(**wanted))
    return relist(portal or market.client("olga", "owner"), market.owner, "visits", terms)


def listed(market: LiveMarket) -> Listing:
    """As the portal has it."""
    return market.catalogue.dataset("visits").listing.record


def held(market: LiveMarket) -> Listing:
    """As the agent has it."""
    owner = market.keys["olga"].public.hex
    return read_listing(market.home, "visits", 1, owner).record


def account_of(market: LiveMarket) -> str:
    """The people's, in their period."""
    (lineage,) = read_holding(market.home, "visits", 1).manifest.record.lineages
    return epoch_account(lineage, 1)


def caps(market: LiveMarket) -> tuple[int, int]:
    """Of the people's account, at the agent and at the platform."""
    account = account_of(market)
    own = balances(market.store, [account])[account].cap_units
    return own, market.ledger.balance(account).cap_units


def ended(market: LiveMarket, job: Job) -> str:
    found = market.job(job)
    assert found.end is not None, found.state
    return found.end.code


@pytest.fixture
def away() -> Iterator[PortalClient]:
    """A portal that does not answer."""
    portal = PortalClient(f"http://127.0.0.1:{free_port()}")
    yield portal
    portal.close()


def test_listing_is_said_anew_over_the_same_ciphertext(market: LiveMarket) -> None:
    before, chunks = listed(market), list((market.root / "platform" / "objects").rglob("*"))
    done = change(market, price_cents=900, title="Visits to doctors", access="request")
    assert proposed_changes(before, done.listing) == [
        "title: Doctor visits, now Visits to doctors",
        "access: open, now request",
        "price of a job: 12.50, now 9.00",
    ]
    assert listed(market) == held(market) == done.listing
    assert (done.listing.version, done.listing.edition) == (1, 2)
    assert (done.listing.manifest_hash, done.listing.schema) == (
        before.manifest_hash,
        before.schema,
    )
    assert list((market.root / "platform" / "objects").rglob("*")) == chunks
    assert change(market, title="Visits").listing.edition == 3
    assert held_editions(market.home, "visits", 1) == [1, 2, 3]


def test_question_after_it_is_priced_signed_and_answered_under_it(market: LiveMarket) -> None:
    change(market, price_cents=900)
    job = market.released(COUNT)
    assert (job.datasets[0].edition, job.state) == (2, "released")


def test_budget_goes_up_and_down_at_agent_and_platform(market: LiveMarket) -> None:
    before = caps(market)
    assert before[0] == before[1]
    done = change(market, budget_epsilon="20")
    up = caps(market)
    assert up[0] == up[1] == done.listing.policy.budget_rho_units > before[0]
    assert (done.amended.cap_before, done.amended.cap_after) == (before[0], up[0])
    change(market, budget_epsilon="4")
    down = caps(market)
    assert down[0] == down[1] < before[0]


def test_budget_below_what_is_spent_is_refused_and_changes_nothing(market: LiveMarket) -> None:
    market.released(COUNT)
    before = caps(market)
    with pytest.raises(Refused, match=r"cap-below-spending: .*epsilon.*epsilon 0\.01") as refusal:
        change(market, budget_epsilon="0.01")
    assert "Allow rho" in refusal.value.next_action
    assert caps(market) == before
    assert held_editions(market.home, "visits", 1) == [1]
    # Also what only the platform holds, for a job that the agent has not heard of.
    market.planned(MEAN)
    spent = market.ledger.balance(account_of(market)).spent_units
    terms = terms_in_force(market.owner, "visits")
    least = replace(terms, policy=replace(terms.policy, budget_rho_units=spent))
    with pytest.raises(Refused, match="cap-below-spending: Account of the people in visits"):
        relist(market.client("olga", "owner"), market.owner, "visits", least)
    assert held_editions(market.home, "visits", 1) == [1]


def test_tables_that_share_their_people_keep_the_lowest_budget(market: LiveMarket) -> None:
    market.publish("second", budget="6")
    lower = change(market, budget_epsilon="20").amended
    assert (lower.cap_before, lower.affected) == (lower.cap_after, ())
    done = change(market, budget_epsilon="5").amended
    assert done.cap_after < done.cap_before
    assert [(one.dataset, one.cap_after) for one in done.affected] == [("second", done.cap_after)]


def test_agent_obeys_while_the_portal_is_away_and_the_same_command_tells_it(
    market: LiveMarket, away: PortalClient
) -> None:
    job = market.requested(COUNT)
    with pytest.raises(Unavailable, match="listing-waits: Edition 2"):
        change(market, portal=away, price_cents=900)
    assert (held(market).edition, listed(market).edition) == (2, 1)
    market.step()
    assert ended(market, job) == "listing-changed"
    told = change(market, price_cents=900)
    assert (told.changes, told.listing.edition) == ((), 2)
    assert listed(market) == held(market)
    with pytest.raises(Refused, match="nothing-changed"):
        change(market, price_cents=900)


def test_stopped_between_listing_and_caps_the_same_command_sets_them(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, keep = caps(market), relisting.keep_listing

    def killed(*arguments: Any) -> None:
        keep(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(relisting, "keep_listing", killed)
        with pytest.raises(KeyboardInterrupt):
            change(market, budget_epsilon="4")
    assert (held(market).edition, caps(market)) == (2, before)
    change(market, budget_epsilon="4")
    own, portals = caps(market)
    assert own == portals < before[0]
    assert listed(market) == held(market)


def test_jobs_nobody_approved_end_where_what_was_signed_for_changes(market: LiveMarket) -> None:
    planned, requested = market.planned(COUNT), market.requested(COUNT)
    change(market, title="Visits to doctors")
    assert [market.job(job).state for job in (planned, requested)] == ["planned", "requested"]
    change(market, price_cents=900)
    for job in (planned, requested):
        assert ended(market, job) == "listing-changed"
        assert "price of a job: 12.50, now 9.00" in market.job(job).end.message
    assert market.ledger.balance(account_of(market)).reserved_units == 0


def test_job_that_is_still_as_it_was_signed_is_judged_by_the_newest(market: LiveMarket) -> None:
    job = market.requested(COUNT)
    change(market, title="Visits to doctors")
    market.step()
    assert market.job(job).state == "approved"
    # A buyer who was let in by the listing they signed under is not let in by the newest.
    another = market.requested(COUNT)
    change(market, access="invitation")
    market.step()
    assert (another.datasets[0].edition, ended(market, another)) == (2, "no-grant")


def test_approved_job_is_answered_at_the_price_it_was_signed_for(market: LiveMarket) -> None:
    job = market.evaluated(COUNT)
    change(market, price_cents=900, approval="manual")
    market.step()
    assert market.job(job).state == "released"
    assert '"price_cents":1250' in market.document(job, "request")


def test_what_protects_people_ends_an_approved_job_too(market: LiveMarket) -> None:
    job = market.evaluated(COUNT)
    change(market, job_epsilon="0.001")
    market.step()
    assert ended(market, job) == "over-job-cap"


def test_approval_by_hand_is_asked_for_from_then_on(market: LiveMarket) -> None:
    change(market, approval="manual")
    job = market.requested(COUNT)
    market.step()
    assert market.job(job).state == "requested"
    change(market, approval="automatic")
    market.step()
    assert market.job(job).state == "approved"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"price_cents": -1}, "price_cents is -1"),
        ({"budget_epsilon": "0"}, "budget_epsilon is 0, expected above 0"),
        ({"job_epsilon": "much"}, "job_epsilon is 'much'"),
        ({"access": "everybody"}, "access"),
        ({"approval": "later"}, "approval"),
        ({"title": "\u202egnp"}, "title"),
    ],
)
def test_terms_that_are_none_are_refused_by_name(
    market: LiveMarket, wanted: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match="terms-invalid") as refusal:
        change(market, **wanted)
    assert said in refusal.value.message
    assert held_editions(market.home, "visits", 1) == [1]


def test_nothing_to_change_is_said_so(market: LiveMarket) -> None:
    with pytest.raises(Refused, match="nothing-changed"):
        change(market)
    with pytest.raises(NotFound, match="not-held"):
        terms_in_force(market.owner, "others")


def test_declaration_gives_all_terms_and_none_of_the_data(market: LiveMarket) -> None:
    path = market.root / "dataset.toml"
    path.write_text(declaration("visits", budget="7", access="request"))
    done = relist(
        market.client("olga", "owner"),
        market.owner,
        "visits",
        declared_terms(market.owner, "visits", path),
    )
    assert [one.what for one in done.changes] == ["budget of the people", "access"]
    for other in (("high = 10", "high = 20"), ("[policy]", "[policy]\nepoch = 2")):
        path.write_text(declaration("visits").replace(*other))
        with pytest.raises(Refused, match="listing-fixed"):
            declared_terms(market.owner, "visits", path)


def test_ciphertext_for_sums_sells_no_products(market: LiveMarket) -> None:
    market.publish("sums", recomputation="false")
    terms = terms_in_force(market.owner, "sums")
    more = replace(terms, policy=replace(terms.policy, recomputation=True))
    with pytest.raises(Refused, match=r"listing-fixed: .*encrypted for sums"):
        relist(market.client("olga", "owner"), market.owner, "sums", more)


def test_of_two_who_change_it_at_once_the_second_hears_of_the_first(market: LiveMarket) -> None:
    seen: Terms = terms_in_force(market.owner, "visits")
    change(market, price_cents=900)
    late = changed_terms(seen, Wanted(title="Visits"))
    with pytest.raises(Conflict, match=r"edition-outdated: .*edition 2 is kept.*of edition 1"):
        relist(market.client("olga", "owner"), market.owner, "visits", late)
    assert held(market).policy.price_cents == 900


def test_two_that_began_at_once_keep_one_edition(
    market: LiveMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    propose, begun = relisting.propose_relisting, []

    def overtaken(*arguments: Any) -> Relisting:
        proposal = propose(*arguments)
        if not begun:
            begun.append(1)
            change(market, price_cents=800)
        return proposal

    monkeypatch.setattr(relisting, "propose_relisting", overtaken)
    with pytest.raises(Conflict, match="edition-outdated"):
        change(market, price_cents=900)
    assert held(market) == listed(market)
    assert (held(market).edition, held(market).policy.price_cents) == (2, 800)


def test_dataset_that_is_gone_or_on_its_way_is_not_changed(market: LiveMarket) -> None:
    stranger = Owner(market.keys["eve"], market.home, market.store)
    with pytest.raises(Refused, match="owner-key"):
        relist(
            market.client("olga", "owner"),
            stranger,
            "visits",
            terms_in_force(market.owner, "visits"),
        )
    market.store.set_unreconciled()
    with pytest.raises(Refused, match="agent-unreconciled"):
        change(market, price_cents=1)
    market.store.set_reconciled()
    portal, identity = market.client("olga", "owner"), market.keys["olga"]
    change_standing(portal, identity, market.home, "visits", state="withdrawn", now=now())
    with pytest.raises(Conflict, match="standing-final"):
        change(market, price_cents=1)
    destroy_key(portal, identity, market.home, "visits", now=now())
    with pytest.raises(Refused, match="key-destroyed"):
        change(market, price_cents=1)


def test_listing_that_the_portal_has_and_the_agent_lacks_is_not_overwritten(
    market: LiveMarket,
) -> None:
    change(market, price_cents=900)
    (version_path(market.home, "visits", 1) / "editions" / "2.json").unlink()
    with pytest.raises(NotFound, match="edition-not-held"):
        change(market, price_cents=800)
    assert listed(market).policy.price_cents == 900
