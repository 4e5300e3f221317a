"""Publication is encrypted once, sent as often as it takes, and charged to the right people."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world.declarations import COUNT, TABLE, plan_of
from world.live_market import LiveMarket, live_market, now
from world.stored_objects import content

from market.client.http.api import PortalClient
from market.errors import Conflict, NotFound, Refused
from market.owner.publish.discard import discard
from market.owner.publish.publish import publish
from market.owner.publish.settle_table import Files, OwnersWord
from market.owner.word.approve import approve, read_pending, refuse
from market.owner.word.destroy_key import destroy_key
from market.owner.word.grants import Allocation, give_grant, revoke_grant
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.policy.budget.accounts import lineage_accounts, people_accounts
from market.records.grant import Grant
from market.records.manifest import Manifest
from market.vault.holdings import read_holding
from market.vault.standings import read_standing
from market.vault.store.spending import balances

pytestmark = pytest.mark.stories

WITH_IDS = 'column = "person"\n'


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    with live_market(tmp_path_factory.mktemp("owners")) as made:
        yield made


def manifest_of(market: LiveMarket, dataset: str) -> Manifest:
    return market.platform.catalogue.dataset(dataset).manifest.record


def thrown_away(market: LiveMarket, dataset: str) -> bool:
    portal = market.client("olga", "owner")
    return discard(portal, market.home, market.store, dataset, now=now())


class Interrupted(PortalClient):
    """A connection that breaks at the n-th upload."""

    left = 0

    def upload(self, key: str, data: bytes, *, sha256: str) -> None:
        if self.left == 0:
            raise ConnectionError("the line is cut")
        self.left -= 1
        super().upload(key, data, sha256=sha256)


def interrupted(market: LiveMarket, dataset: str, uploads: int) -> None:
    """A publication whose connection breaks after some uploads."""
    token = market.platform.people.issue_token(
        "olga", ("owner",), "test", now=now(), lifetime_seconds=60
    )
    portal = Interrupted(market.url, token)
    portal.left = uploads
    directory = market.root / "owner"
    with pytest.raises(ConnectionError):
        publish(
            portal,
            market.owner,
            Files(directory / f"{dataset}.toml", directory / f"{dataset}.csv"),
            word=OwnersWord(lambda _meaning: True),
            now=now(),
            entropy=secrets.token_bytes,
            progress=lambda _what, _done, _total: None,
        )
    portal.close()


def test_report_counts_what_was_changed_for_the_owner_alone(market: LiveMarket) -> None:
    published = market.publish("counted", table="visits,insured\n99,yes\n,no\n3,perhaps\n")
    report = {column.name: column for column in published.report.encoding.columns}
    assert (report["visits"].clipped, report["visits"].missing) == (1, 1)
    assert report["insured"].unreadable == 1
    assert published.report.read_as == "CSV, separated by comma (,)"
    stored = market.platform.objects.list("datasets/counted/")
    assert len(stored) == 3
    assert not (market.home.outgoing_path / "counted" / "1").exists()


def test_interrupted_publication_sends_the_stored_bytes_again(market: LiveMarket) -> None:
    assert market.publish("steady").unanswerable == ()
    (market.root / "owner" / "steady.csv").write_text(TABLE + "p999,4,no\n")
    interrupted(market, "steady", uploads=1)
    pending = market.home.outgoing_path / "steady" / "2"
    before = {path.name: path.read_bytes() for path in pending.glob("*.ect")}
    assert len(list(pending.glob("*.sent"))) == 1
    published = market.publish("steady", table=TABLE + "p999,4,no\n")
    assert published.version == 2
    for column in manifest_of(market, "steady").columns:
        for chunk in column.chunks:
            stored = content(market.platform.objects, chunk.key)
            assert stored == before[chunk.key.split("/")[-1]]


def test_other_files_cannot_go_on_with_an_attempt_until_it_is_discarded(
    market: LiveMarket,
) -> None:
    market.publish("changing")
    (market.root / "owner" / "changing.csv").write_text(TABLE + "p998,4,no\n")
    interrupted(market, "changing", uploads=2)
    with pytest.raises(Refused, match="publication-pending"):
        market.publish("changing", table=TABLE + "p997,4,no\n")
    assert thrown_away(market, "changing")
    assert not thrown_away(market, "changing")
    assert market.publish("changing", table=TABLE + "p997,4,no\n").version == 2


class Deaf(PortalClient):
    """A connection on which the portal's answer to a publication is lost."""

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = super().post(path, body)
        if path == "datasets":
            raise ConnectionError("the line is cut")
        return answer


@pytest.mark.parametrize("then", ["discarded", "edited"])
def test_version_whose_acceptance_was_not_heard_is_finished_not_lost(
    market: LiveMarket, then: str
) -> None:
    name = f"unheard-{then}"
    heard = market.client("olga", "owner")
    token = market.platform.people.issue_token(
        "olga", ("owner",), "test", now=now(), lifetime_seconds=60
    )
    market.clients["olga", "owner"] = Deaf(market.url, token)
    with pytest.raises(ConnectionError):
        market.publish(name)
    market.client("olga", "owner").close()
    market.clients["olga", "owner"] = heard
    if then == "discarded":
        with pytest.raises(Conflict, match="and is done now") as refused:
            thrown_away(market, name)
        assert refused.value.code == "publication-listed"
        assert not thrown_away(market, name)
    # The table was edited meanwhile: what is listed counts, and the edited one comes after it.
    assert market.publish(name, table=TABLE + "p997,4,no\n").version == 2
    assert read_holding(market.home, name, 1).serving.newest_version == 2
    market.released(COUNT, dataset=name)


def test_new_version_keeps_key_and_lineage_and_takes_fresh_seeds(market: LiveMarket) -> None:
    market.publish("again", unit=WITH_IDS)
    first = manifest_of(market, "again")
    market.publish("again", unit=WITH_IDS)
    second = manifest_of(market, "again")
    assert (second.version, second.key_id, second.lineages) == (2, first.key_id, first.lineages)
    assert second.noise_commitment == first.noise_commitment
    digests = {c.sha256 for m in (first, second) for col in m.columns for c in col.chunks}
    assert len(digests) == 2 * len(first.columns)


def test_same_people_under_a_new_name_share_the_lower_budget(market: LiveMarket) -> None:
    market.publish("known", unit=WITH_IDS, budget="6")
    market.publish("renamed", unit=WITH_IDS, budget="2")
    assert set(manifest_of(market, "known").lineages) <= set(
        manifest_of(market, "renamed").lineages
    )
    caps = {
        name: balances(market.store, lineage_accounts(manifest_of(market, name)))
        for name in ("known", "renamed")
    }
    shared = set(caps["known"]) & set(caps["renamed"])
    assert shared
    low = max(balance.cap_units for balance in caps["renamed"].values())
    assert all(caps["known"][account].cap_units <= low for account in shared)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("visits\n1\n", "table-column-missing"),
        ("visits,insured\nmany,yes\n", "columns-unread"),
        ("visits,insured\n", "columns-unread"),
        ("visits,insured\n3,yes\n4\n", "table-line"),
    ],
)
def test_table_that_does_not_fit_sends_nothing(market: LiveMarket, table: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        market.publish("unfit", table=table)
    assert refused.value.code == code
    assert market.platform.objects.list("datasets/unfit/") == []
    assert not (market.home.outgoing_path / "unfit").exists()


def test_grant_lets_one_buyer_ask_until_it_is_revoked(market: LiveMarket) -> None:
    market.publish("by-grant", access="request")
    owner, identity = market.client("olga", "owner"), market.keys["olga"]
    grant = give_grant(
        owner,
        identity,
        market.home,
        Allocation("by-grant", market.keys["bob"].public.fingerprint(), 10**11, now() + 1_000),
        now=now(),
        entropy=secrets.token_bytes,
    )
    job = market.requested(COUNT, "by-grant")
    market.step()
    assert market.job(job).state == "approved"
    late = market.requested(COUNT, "by-grant")
    held = read_holding(market.home, "by-grant", 1)
    assert held.grant_of(grant.buyer, now=now()) == grant
    revoke_grant(owner, identity, market.home, "by-grant", grant.grant, now=now())
    held = read_holding(market.home, "by-grant", 1)
    assert held.grant_of(grant.buyer, now=now()) is None
    market.step()
    assert (market.job(late).state, market.job(late).end.code) == ("refused", "no-grant")


def test_smaller_grant_stands_in_place_of_a_larger_one_of_the_same_second(
    market: LiveMarket,
) -> None:
    market.publish("given-twice", access="request")
    buyer, at = market.keys["bob"].public.fingerprint(), now()

    def give(rho_units: int) -> Grant:
        return give_grant(
            market.client("olga", "owner"),
            market.keys["olga"],
            market.home,
            Allocation("given-twice", buyer, rho_units, at + 1_000),
            now=at,
            entropy=secrets.token_bytes,
        )

    def in_force() -> tuple[Grant | None, Grant | None]:
        portal = market.platform.catalogue.live_grant("given-twice", buyer, now=at)
        agent = read_holding(market.home, "given-twice", 1).grant_of(buyer, now=at)
        return agent, portal.record if portal else None

    give(10**12)
    smaller = give(10**11)
    assert in_force() == (smaller, smaller)
    revoke_grant(
        market.client("olga", "owner"),
        market.keys["olga"],
        market.home,
        "given-twice",
        smaller.grant,
        now=at,
    )
    assert in_force() == (None, None)


def test_grant_to_something_that_is_no_key_is_refused(market: LiveMarket) -> None:
    with pytest.raises(Refused, match="grant-malformed"):
        give_grant(
            market.client("olga", "owner"),
            market.keys["olga"],
            market.home,
            Allocation("by-grant", "bob", 1, now() + 10),
            now=now(),
            entropy=secrets.token_bytes,
        )


def test_owner_approves_by_hand_after_reading_what_is_opened(market: LiveMarket) -> None:
    market.publish("by-hand", approval="manual")
    job = market.requested(COUNT, "by-hand")
    market.step()
    assert market.job(job).state == "requested"
    owner = market.client("olga", "owner")
    pending = read_pending(owner, market.home, market.store, job.job, now=now())
    assert "number of rows" in pending.text
    assert market.keys["bob"].public.fingerprint() in pending.text
    with pytest.raises(Refused, match="owner-key"):
        approve(
            owner, market.home, market.keys["eve"], pending, now=now(), entropy=secrets.token_bytes
        )
    approve(
        owner, market.home, market.keys["olga"], pending, now=now(), entropy=secrets.token_bytes
    )
    assert market.job(job).state == "approved"


def test_owner_refuses_by_hand_with_his_reason(market: LiveMarket) -> None:
    job = market.requested(COUNT, "by-hand", buyer="eve")
    owner = market.client("olga", "owner")
    pending = read_pending(owner, market.home, market.store, job.job, now=now())
    refuse(owner, market.keys["olga"], pending, reason="Not for this purpose.", now=now())
    ended = market.job(job)
    assert (ended.state, ended.end.message) == ("refused", "Not for this purpose.")


def test_destroyed_key_ends_the_dataset(market: LiveMarket) -> None:
    market.publish("ended")
    owner = market.client("olga", "owner")
    destroy_key(owner, market.keys["olga"], market.home, "ended", now=now())
    assert market.platform.catalogue.dataset("ended").standing == "withdrawn"
    said = read_standing(market.home, "ended", market.keys["olga"].public.hex)
    assert said is not None
    assert (said.record.number, said.record.state) == (1, "withdrawn")
    left = {path.name for path in (market.home.datasets_path / "ended").rglob("*")}
    assert not left & {"ckks.key", "noise.key", "constants.bin"}
    with pytest.raises(Refused, match="key-destroyed"):
        market.publish("ended")
    with pytest.raises(NotFound):
        destroy_key(owner, market.keys["olga"], market.home, "never-here", now=now())


def test_unlock_secret_is_in_no_file_of_the_home_but_its_own(market: LiveMarket) -> None:
    unlock = (market.home.path / "unlock").read_bytes()
    files = [path for path in Path(market.home.path).rglob("*") if path.is_file()]
    assert [path.name for path in files if unlock in path.read_bytes()] == ["unlock"]


def caps_of(market: LiveMarket, dataset: str) -> set[tuple[str, int]]:
    """Account and cap of a dataset's people, in the agent's ledger and on the platform."""
    accounts = people_accounts(manifest_of(market, dataset))
    agent = balances(market.store, accounts)
    return {
        (place, balance.cap_units)
        for account in accounts
        for place, balance in (
            (f"agent {account}", agent[account]),
            (f"platform {account}", market.platform.ledger.balance(account)),
        )
    }


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMarket]:
    """With `first` published: known by ids, budget 8."""
    with live_market(tmp_path_factory.mktemp("sharing")) as made:
        made.publish("first", unit=WITH_IDS)
        yield made


def test_owner_is_asked_before_another_tables_budget_is_cut(sharing: LiveMarket) -> None:
    before = caps_of(sharing, "first")
    with pytest.raises(
        Refused, match=r"first: rho \S+ \(epsilon 2\.00\) in all, until now"
    ) as refused:
        sharing.publish("second", budget="2", agree=False)
    assert refused.value.code == "budget-shared"
    assert 'distinct_from = ["first"]' in refused.value.next_action
    assert sharing.platform.objects.list("datasets/second/") == []
    assert caps_of(sharing, "first") == before
    sharing.publish("apart", agree=False, population='[population]\ndistinct_from = ["first"]\n')
    assert not set(manifest_of(sharing, "apart").lineages) & set(
        manifest_of(sharing, "first").lineages
    )


class Refusing(PortalClient):
    """A portal that refuses what is published."""

    def post(self, path: str, body: dict[str, Any]) -> Any:
        if path == "datasets":
            raise Conflict("dataset-withdrawn", "It is withdrawn.", "Take another id.")
        return super().post(path, body)


class Dying(PortalClient):
    """A portal that lists what is published, and whose answer is never read."""

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = super().post(path, body)
        if path == "datasets":
            raise ConnectionError("the line is cut")
        return answer


def publish_through(
    market: LiveMarket, kind: type[PortalClient], dataset: str, budget: str
) -> None:
    client = market.client("olga", "owner")
    market.clients["olga", "owner"] = kind(market.url, token_of(market))
    try:
        market.publish(dataset, unit=WITH_IDS, budget=budget)
    finally:
        market.clients.pop(("olga", "owner")).close()
        market.clients["olga", "owner"] = client


def token_of(market: LiveMarket) -> str:
    return market.platform.people.issue_token(
        "olga", ("owner",), "test", now=now(), lifetime_seconds=60
    )


def test_publication_the_portal_refuses_leaves_every_cap_as_it_was(sharing: LiveMarket) -> None:
    before = caps_of(sharing, "first")
    with pytest.raises(Conflict):
        publish_through(sharing, Refusing, "third", "1")
    assert caps_of(sharing, "first") == before
    assert thrown_away(sharing, "third")
    assert caps_of(sharing, "first") == before


def test_death_between_listing_and_confirming_is_made_good_by_the_next_run(
    sharing: LiveMarket,
) -> None:
    before = {account for account in caps_of(sharing, "first") if account[0].startswith("agent")}
    with pytest.raises(ConnectionError):
        publish_through(sharing, Dying, "fourth", "3")
    assert before <= caps_of(sharing, "first")
    job = sharing.requested(COUNT, "fourth")
    sharing.step()
    # Neither answered nor refused: the job waits for the owner to finish.
    assert sharing.job(job).state == "requested"
    assert sharing.publish("fourth", unit=WITH_IDS, budget="3").version == 1
    caps = {
        place.split()[0]: cap for place, cap in caps_of(sharing, "first") if place.endswith("/1")
    }
    assert caps["agent"] == caps["platform"] < 10**12
    sharing.step()
    assert sharing.job(job).state == "approved"


def test_total_over_all_periods_is_declared_and_charged(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish("yearly", unit=WITH_IDS, budget="0.55")
        market.released(COUNT, "yearly")
        with pytest.raises(Refused, match="epoch-not-new"):
            market.publish("yearly", unit=WITH_IDS, budget="0.55", period="epoch = 2\n")
        period = "epoch = 2\ntotal_epsilon = 0.6\n"
        market.publish("yearly", unit=WITH_IDS, budget="0.55", period=period)
        market.lift_platform_caps("yearly")
        job = market.requested(plan_of(Sum(Column("visits"))), "yearly")
        market.step()
        assert (market.job(job).state, market.job(job).end.code) == ("refused", "over-budget")


def test_what_the_policy_sells_and_cannot_answer_is_named(market: LiveMarket) -> None:
    published = market.publish("contradicted", recomputation="false")
    assert published.unanswerable == (
        "covariance is sold, but none can be answered: it multiplies encrypted columns, and "
        "`recomputation = false` allows declared products only. Set recomputation = true, or "
        'declare products such as ["insured", "visits"].',
    )
