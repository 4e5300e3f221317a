"""Publication is encrypted once, sent as often as it takes, and charged to the right people."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_house import COUNT, TABLE, AgentHouse, agent_house, now

from market.agent.holdings import read_holding
from market.agent.standings import read_standing
from market.agent.store.spending import balances
from market.client.api import PortalClient
from market.errors import NotFound, Refused
from market.owner.approve import approve, read_pending, refuse
from market.owner.destroy_key import destroy_key
from market.owner.grants import give_grant, revoke_grant
from market.owner.outgoing import discard
from market.owner.publish import publish
from market.policy.accounts import lineage_accounts
from market.records.manifest import Manifest

WITH_IDS = 'column = "person"\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHouse]:
    with agent_house(tmp_path_factory.mktemp("owners")) as made:
        yield made


def manifest_of(house: AgentHouse, dataset: str) -> Manifest:
    return house.platform.catalogue.dataset(dataset).manifest.record


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
    house.publish("steady")
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
    assert discard(house.home, "changing")
    assert not discard(house.home, "changing")
    assert house.publish("changing", table=TABLE + "p997,4,no\n").version == 2


def test_new_version_keeps_key_and_lineage_and_takes_fresh_seeds(house: AgentHouse) -> None:
    house.publish("again", unit=WITH_IDS, population="[population]\ndistinct = true\n")
    first = manifest_of(house, "again")
    house.publish("again", unit=WITH_IDS, population="[population]\ndistinct = true\n")
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
