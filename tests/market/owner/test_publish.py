"""Publication is encrypted once, sent as often as it takes, and charged to the right people."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agent_house import COUNT, TABLE, AgentHouse, agent_house, now, plan_of

from market.client.api import PortalClient
from market.errors import Conflict, NotFound, Refused
from market.owner.approve import approve, read_pending, refuse
from market.owner.destroy_key import destroy_key
from market.owner.discard import discard
from market.owner.grants import give_grant, revoke_grant
from market.owner.publish import publish
from market.plan.expression import Column
from market.plan.statistics import Sum
from market.policy.accounts import lineage_accounts, people_accounts
from market.records.grant import Grant
from market.records.manifest import Manifest
from market.vault.holdings import read_holding
from market.vault.standings import read_standing
from market.vault.store.spending import balances

WITH_IDS = 'column = "person"\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHouse]:
    with agent_house(tmp_path_factory.mktemp("owners")) as made:
        yield made


def manifest_of(house: AgentHouse, dataset: str) -> Manifest:
    return house.platform.catalogue.dataset(dataset).manifest.record


def thrown_away(house: AgentHouse, dataset: str) -> bool:
    portal = house.client("olga", "owner")
    return discard(portal, house.home, house.store, dataset, now=now())


class Interrupted(PortalClient):
    """A connection that breaks at the n-th upload."""

    left = 0

    def upload(self, key: str, data: bytes, *, sha256: str) -> None:
        if self.left == 0:
            raise ConnectionError("the line is cut")
        self.left -= 1
        super().upload(key, data, sha256=sha256)


def interrupted(house: AgentHouse, dataset: str, uploads: int) -> None:
    """A publication whose connection breaks after some uploads."""
    token = house.platform.people.issue_token(
        "olga", ("owner",), "test", now=now(), lifetime_seconds=60
    )
    portal = Interrupted(house.url, token)
    portal.left = uploads
    directory = house.root / "owner"
    with pytest.raises(ConnectionError):
        publish(
            portal,
            house.owner,
            directory / f"{dataset}.toml",
            directory / f"{dataset}.csv",
            agree=lambda _meaning: True,
            now=now(),
            entropy=secrets.token_bytes,
            progress=lambda _what, _done, _total: None,
        )
    portal.close()


def test_report_counts_what_was_changed_for_the_owner_alone(house: AgentHouse) -> None:
    published = house.publish("counted", table="visits,insured\n99,yes\n,no\n3,perhaps\n")
    report = {column.name: column for column in published.report.encoding.columns}
    assert (report["visits"].clipped, report["visits"].missing) == (1, 1)
    assert report["insured"].unreadable == 1
    assert published.report.read_as == "CSV, separated by comma (,)"
    stored = house.platform.objects.list("datasets/counted/")
    assert len(stored) == 3
    assert not (house.home.outgoing_path / "counted" / "1").exists()


def test_interrupted_publication_sends_the_stored_bytes_again(house: AgentHouse) -> None:
    assert house.publish("steady").unanswerable == ()
    (house.root / "owner" / "steady.csv").write_text(TABLE + "p999,4,no\n")
    interrupted(house, "steady", uploads=1)
    pending = house.home.outgoing_path / "steady" / "2"
    before = {path.name: path.read_bytes() for path in pending.glob("*.ect")}
    assert len(list(pending.glob("*.sent"))) == 1
    published = house.publish("steady", table=TABLE + "p999,4,no\n")
    assert published.version == 2
    for column in manifest_of(house, "steady").columns:
        for chunk in column.chunks:
            stored = house.platform.objects.get(
                chunk.key, sha256=chunk.sha256, limit_bytes=chunk.size_bytes
            )
            assert stored == before[chunk.key.split("/")[-1]]


def test_other_files_cannot_go_on_with_an_attempt_until_it_is_discarded(
    house: AgentHouse,
) -> None:
    house.publish("changing")
    (house.root / "owner" / "changing.csv").write_text(TABLE + "p998,4,no\n")
    interrupted(house, "changing", uploads=2)
    with pytest.raises(Refused, match="publication-pending"):
        house.publish("changing", table=TABLE + "p997,4,no\n")
    assert thrown_away(house, "changing")
    assert not thrown_away(house, "changing")
    assert house.publish("changing", table=TABLE + "p997,4,no\n").version == 2


class Deaf(PortalClient):
    """A connection on which the portal's answer to a publication is lost."""

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = super().post(path, body)
        if path == "datasets":
            raise ConnectionError("the line is cut")
        return answer


@pytest.mark.parametrize("then", ["discarded", "edited"])
def test_version_whose_acceptance_was_not_heard_is_finished_not_lost(
    house: AgentHouse, then: str
) -> None:
    name = f"unheard-{then}"
    heard = house.client("olga", "owner")
    token = house.platform.people.issue_token(
        "olga", ("owner",), "test", now=now(), lifetime_seconds=60
    )
    house.clients["olga", "owner"] = Deaf(house.url, token)
    with pytest.raises(ConnectionError):
        house.publish(name)
    house.client("olga", "owner").close()
    house.clients["olga", "owner"] = heard
    if then == "discarded":
        with pytest.raises(Conflict, match="and is done now") as refused:
            thrown_away(house, name)
        assert refused.value.code == "publication-listed"
        assert not thrown_away(house, name)
    # The table was edited meanwhile: what is listed counts, and the edited one comes after it.
    assert house.publish(name, table=TABLE + "p997,4,no\n").version == 2
    assert read_holding(house.home, name, 1).serving.newest_version == 2
    house.released(COUNT, dataset=name)


def test_new_version_keeps_key_and_lineage_and_takes_fresh_seeds(house: AgentHouse) -> None:
    house.publish("again", unit=WITH_IDS)
    first = manifest_of(house, "again")
    house.publish("again", unit=WITH_IDS)
    second = manifest_of(house, "again")
    assert (second.version, second.key_id, second.lineages) == (2, first.key_id, first.lineages)
    assert second.noise_commitment == first.noise_commitment
    digests = {c.sha256 for m in (first, second) for col in m.columns for c in col.chunks}
    assert len(digests) == 2 * len(first.columns)


def test_same_people_under_a_new_name_share_the_lower_budget(house: AgentHouse) -> None:
    house.publish("known", unit=WITH_IDS, budget="6")
    house.publish("renamed", unit=WITH_IDS, budget="2")
    assert set(manifest_of(house, "known").lineages) <= set(manifest_of(house, "renamed").lineages)
    caps = {
        name: balances(house.store, lineage_accounts(manifest_of(house, name)))
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
def test_table_that_does_not_fit_sends_nothing(house: AgentHouse, table: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        house.publish("unfit", table=table)
    assert refused.value.code == code
    assert house.platform.objects.list("datasets/unfit/") == []
    assert not (house.home.outgoing_path / "unfit").exists()


def test_grant_lets_one_buyer_ask_until_it_is_revoked(house: AgentHouse) -> None:
    house.publish("by-grant", access="request")
    owner, identity = house.client("olga", "owner"), house.keys["olga"]
    grant = give_grant(
        owner,
        identity,
        house.home,
        "by-grant",
        buyer=house.keys["bob"].public.fingerprint(),
        rho_units=10**11,
        expires_at=now() + 1_000,
        now=now(),
        entropy=secrets.token_bytes,
    )
    job = house.requested(COUNT, "by-grant")
    house.step()
    assert house.job(job).state == "approved"
    late = house.requested(COUNT, "by-grant")
    held = read_holding(house.home, "by-grant", 1)
    assert held.grant_of(grant.buyer, now=now()) == grant
    revoke_grant(owner, identity, house.home, "by-grant", grant.grant, now=now())
    held = read_holding(house.home, "by-grant", 1)
    assert held.grant_of(grant.buyer, now=now()) is None
    house.step()
    assert (house.job(late).state, house.job(late).code) == ("refused", "no-grant")


def test_smaller_grant_stands_in_place_of_a_larger_one_of_the_same_second(
    house: AgentHouse,
) -> None:
    house.publish("given-twice", access="request")
    buyer, at = house.keys["bob"].public.fingerprint(), now()

    def give(rho_units: int) -> Grant:
        return give_grant(
            house.client("olga", "owner"),
            house.keys["olga"],
            house.home,
            "given-twice",
            buyer=buyer,
            rho_units=rho_units,
            expires_at=at + 1_000,
            now=at,
            entropy=secrets.token_bytes,
        )

    def in_force() -> tuple[Grant | None, Grant | None]:
        portal = house.platform.catalogue.live_grant("given-twice", buyer, now=at)
        agent = read_holding(house.home, "given-twice", 1).grant_of(buyer, now=at)
        return agent, portal.record if portal else None

    give(10**12)
    smaller = give(10**11)
    assert in_force() == (smaller, smaller)
    revoke_grant(
        house.client("olga", "owner"),
        house.keys["olga"],
        house.home,
        "given-twice",
        smaller.grant,
        now=at,
    )
    assert in_force() == (None, None)


def test_grant_to_something_that_is_no_key_is_refused(house: AgentHouse) -> None:
    with pytest.raises(Refused, match="grant-malformed"):
        give_grant(
            house.client("olga", "owner"),
            house.keys["olga"],
            house.home,
            "by-grant",
            buyer="bob",
            rho_units=1,
            expires_at=now() + 10,
            now=now(),
            entropy=secrets.token_bytes,
        )


def test_owner_approves_by_hand_after_reading_what_is_opened(house: AgentHouse) -> None:
    house.publish("by-hand", approval="manual")
    job = house.requested(COUNT, "by-hand")
    house.step()
    assert house.job(job).state == "requested"
    owner = house.client("olga", "owner")
    pending = read_pending(owner, house.home, house.store, job.job, now=now())
    assert "number of rows" in pending.text
    assert house.keys["bob"].public.fingerprint() in pending.text
    with pytest.raises(Refused, match="owner-key"):
        approve(owner, house.keys["eve"], pending, now=now(), entropy=secrets.token_bytes)
    approve(owner, house.keys["olga"], pending, now=now(), entropy=secrets.token_bytes)
    assert house.job(job).state == "approved"


def test_owner_refuses_by_hand_with_his_reason(house: AgentHouse) -> None:
    job = house.requested(COUNT, "by-hand", buyer="eve")
    owner = house.client("olga", "owner")
    pending = read_pending(owner, house.home, house.store, job.job, now=now())
    refuse(owner, house.keys["olga"], pending, reason="Not for this purpose.", now=now())
    ended = house.job(job)
    assert (ended.state, ended.message) == ("refused", "Not for this purpose.")


def test_destroyed_key_ends_the_dataset(house: AgentHouse) -> None:
    house.publish("ended")
    owner = house.client("olga", "owner")
    destroy_key(owner, house.keys["olga"], house.home, "ended", now=now())
    assert house.platform.catalogue.dataset("ended").standing == "withdrawn"
    said = read_standing(house.home, "ended", house.keys["olga"].public.hex)
    assert said is not None
    assert (said.record.number, said.record.state) == (1, "withdrawn")
    left = {path.name for path in (house.home.datasets_path / "ended").rglob("*")}
    assert not left & {"ckks.key", "noise.key", "constants.bin"}
    with pytest.raises(Refused, match="key-destroyed"):
        house.publish("ended")
    with pytest.raises(NotFound):
        destroy_key(owner, house.keys["olga"], house.home, "never-here", now=now())


def test_unlock_secret_is_in_no_file_of_the_home_but_its_own(house: AgentHouse) -> None:
    unlock = (house.home.path / "unlock").read_bytes()
    files = [path for path in Path(house.home.path).rglob("*") if path.is_file()]
    assert [path.name for path in files if unlock in path.read_bytes()] == ["unlock"]


def caps_of(house: AgentHouse, dataset: str) -> set[tuple[str, int]]:
    """Account and cap of a dataset's people, in the agent's ledger and on the platform."""
    accounts = people_accounts(manifest_of(house, dataset))
    agent = balances(house.store, accounts)
    return {
        (place, balance.cap_units)
        for account in accounts
        for place, balance in (
            (f"agent {account}", agent[account]),
            (f"platform {account}", house.platform.ledger.balance(account)),
        )
    }


@pytest.fixture(scope="module")
def sharing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHouse]:
    """With `first` published: known by ids, budget 8."""
    with agent_house(tmp_path_factory.mktemp("sharing")) as made:
        made.publish("first", unit=WITH_IDS)
        yield made


def test_owner_is_asked_before_another_tables_budget_is_cut(sharing: AgentHouse) -> None:
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


def publish_through(house: AgentHouse, kind: type[PortalClient], dataset: str, budget: str) -> None:
    client = house.client("olga", "owner")
    house.clients["olga", "owner"] = kind(house.url, token_of(house))
    try:
        house.publish(dataset, unit=WITH_IDS, budget=budget)
    finally:
        house.clients.pop(("olga", "owner")).close()
        house.clients["olga", "owner"] = client


def token_of(house: AgentHouse) -> str:
    return house.platform.people.issue_token(
        "olga", ("owner",), "test", now=now(), lifetime_seconds=60
    )


def test_publication_the_portal_refuses_leaves_every_cap_as_it_was(sharing: AgentHouse) -> None:
    before = caps_of(sharing, "first")
    with pytest.raises(Conflict):
        publish_through(sharing, Refusing, "third", "1")
    assert caps_of(sharing, "first") == before
    assert thrown_away(sharing, "third")
    assert caps_of(sharing, "first") == before


def test_death_between_listing_and_confirming_is_made_good_by_the_next_run(
    sharing: AgentHouse,
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
    with agent_house(tmp_path) as house:
        house.publish("yearly", unit=WITH_IDS, budget="0.5")
        house.released(COUNT, "yearly")
        with pytest.raises(Refused, match="epoch-not-new"):
            house.publish("yearly", unit=WITH_IDS, budget="0.5", period="epoch = 2\n")
        period = "epoch = 2\ntotal_epsilon = 0.6\n"
        house.publish("yearly", unit=WITH_IDS, budget="0.5", period=period)
        house.lift_platform_caps("yearly")
        job = house.requested(plan_of(Sum(Column("visits"))), "yearly")
        house.step()
        assert (house.job(job).state, house.job(job).code) == ("refused", "over-budget")


def test_what_the_policy_sells_and_cannot_answer_is_named(house: AgentHouse) -> None:
    published = house.publish("contradicted", recomputation="false")
    assert published.unanswerable == (
        "covariance is sold, but none can be answered: it multiplies encrypted columns, and "
        "`recomputation = false` allows declared products only. Set recomputation = true, or take "
        '"covariance" out of statistics.',
    )
