"""Members compute together: three agents with stores, tables and workers of their own."""

from __future__ import annotations

import math
import secrets
import shutil
from collections.abc import Iterator

import pytest
from world.declarations import COUNT, MEAN, PURE_SUM, TABLE
from world.members_live import LiveMembers, live_members
from world.people import CAROL, DORA, OLGA

from crypto.secret import Secret
from market.agent.reconcile import reconcile
from market.entities.job import Job
from market.owner.word.approve import approve, read_pending
from market.plan.plan import Plan
from market.policy.budget.accounts import people_accounts
from market.services.compute.seal_job import seal_job
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder
from market.tables.local_sums import local_sums
from market.tables.table import batch_of
from market.vault.backup import backup, restore
from market.vault.consortia import read_membership
from market.vault.store.spending import balances

pytestmark = [pytest.mark.processes, pytest.mark.stories]

FARTHEST_SDS = {"gaussian": 8, "laplace": 25}
"""That any noise of a test's comes to lie, but once in 10^14."""
ORGANISATIONS = (OLGA.organisation, CAROL.organisation, DORA.organisation)
ROWS = TABLE.splitlines()[1:]
TABLES = {
    organisation: "\n".join(["person,visits,insured", *ROWS[place::3], ""])
    for place, organisation in enumerate(ORGANISATIONS)
}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveMembers]:
    with live_members(tmp_path_factory.mktemp("members")) as made:
        made.bind_all(TABLES)
        yield made


def exact_moments(market: LiveMembers, job: Job) -> list[int]:
    """What all rows of all members add up to, on the lattice."""
    quote = market.quote_of(job)
    schema, opened = market.agreement.proposal.schemas[0], quote.lowered.opened
    sums = []
    for table in TABLES.values():
        rows = [line.split(",") for line in table.splitlines()[1:]]
        columns = dict(zip(("person", "visits", "insured"), zip(*rows, strict=True), strict=True))
        encoder = Encoder(schema, CountedInMemory())
        batch = batch_of({name: list(cells) for name, cells in columns.items()}, schema)
        batches = [encoder.encode(batch)]
        sums.append(local_sums(schema, opened, batches, quote.lattice.unit))
    return [int(total) for total in sum(sums)]


def spent(market: LiveMembers, organisation: str) -> int:
    """What the people in a member's table have spent, by their own agent's ledger."""
    membership = read_membership(market.homes[organisation], market.name, 1)
    (binding,) = membership.charged
    (account, *_) = people_accounts(binding)
    return balances(market.stores[organisation], [account])[account].spent_units


@pytest.mark.parametrize("plan", [MEAN, PURE_SUM], ids=["moments", "weighed as one"])
def test_members_sums_and_their_noise_are_what_is_opened(market: LiveMembers, plan: Plan) -> None:
    before = [spent(market, organisation) for organisation in ORGANISATIONS]
    job = market.compute(market.sealed_live(plan))
    assert job.state == "released", job.end and job.end.message
    quote, opened = market.quote_of(job), market.opened(job)
    for output, exact in zip(quote.outputs, exact_moments(market, job), strict=True):
        found = opened[output.output]
        assert found.is_consistent
        assert found.is_complete
        noise = found.value - exact
        sd = math.sqrt(quote.lattice.variance(output.law, output.scale_squared))
        assert 0 < abs(noise) < FARTHEST_SDS[output.law] * sd
    after = [spent(market, organisation) for organisation in ORGANISATIONS]
    assert [b - a for a, b in zip(before, after, strict=True)] == [job.rho_units] * 3


def test_every_run_is_charged_and_drawn_anew(market: LiveMembers) -> None:
    before = spent(market, OLGA.organisation)
    runs = [market.compute(market.sealed_live(COUNT)) for _ in range(2)]
    assert [job.state for job in runs] == ["released", "released"]
    assert spent(market, OLGA.organisation) - before == sum(job.rho_units for job in runs)
    first, second = (market.opened(job)["#valid"].value for job in runs)
    assert first != second


def test_session_keys_are_gone_when_it_is_over(market: LiveMembers) -> None:
    market.compute(market.sealed_live(COUNT))
    for home in market.homes.values():
        assert list(home.sessions_path.glob("*")) == []


def test_platform_sees_no_row_and_no_sum(market: LiveMembers) -> None:
    job = market.compute(market.sealed_live(COUNT))
    database = (market.root / "platform").rglob("*")
    kept = b"".join(path.read_bytes() for path in database if path.is_file())
    assert job.job.encode() in kept
    for row in (b"person,visits", b"p17,6", b"table.csv"):
        assert row not in kept


def test_restored_agent_takes_in_what_its_sessions_have_cost(market: LiveMembers) -> None:
    organisation = OLGA.organisation
    home, store = market.homes[organisation], market.stores[organisation]
    archive = market.root / "before.backup"
    backup(home, archive, entropy=secrets.token_bytes)
    market.compute(market.sealed_live(COUNT))
    after = spent(market, organisation)
    store.close()
    shutil.rmtree(home.path)
    unlock = Secret(home.unlock.reveal())
    market.homes[organisation] = restore(archive, home.path, unlock, keep_unlock=True)
    market.restart(organisation)
    assert spent(market, organisation) < after
    home, store = market.homes[organisation], market.stores[organisation]
    portal = market.client(OLGA.user, "agent")
    assert reconcile(home, store, portal, last_sequence=None, now=market.now).releases == 1
    assert spent(market, organisation) == after
    assert market.compute(market.sealed_live(COUNT)).state == "released"


def test_owner_who_approves_by_hand_sends_the_joining_along(market: LiveMembers) -> None:
    organisation = DORA.organisation
    market.bind_live(organisation, market.files_of(organisation, TABLE, approval="manual"))
    market.consortium = market.platform.consortia.newest(market.name)
    job = market.approved_live(COUNT)
    assert job.state == "requested"
    portal, owner = market.client(DORA.user, "owner"), market.owner_at(organisation)
    pending = read_pending(portal, owner.home, owner.store, job.job, now=market.now)
    for told in ("Who must not collude", "not verified", "Sealed to", "Cost:"):
        assert told in pending.text
    approve(
        portal, owner.home, owner.identity, pending, now=market.now, entropy=secrets.token_bytes
    )
    job = market.compute(seal_job(market.platform, market.job(job), now=market.now))
    assert job.state == "released", job.end and job.end.message
