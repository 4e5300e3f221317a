"""Two owners and more, one plan: what opens is the sum over all, and each pays for its own."""

from __future__ import annotations

import math
import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import COUNT, PURE_SUM, plan_of
from world.live_market import forge
from world.live_union import LiveUnion, live_union
from world.people import a_key

from crypto import canonical
from crypto.secret import Secret
from crypto.shares import combine, decode_residues
from market import wire
from market.agent.reconcile import reconcile
from market.client.results.open_result import OpenedResult
from market.client.results.open_sums import open_sums, require_possible
from market.entities.job import Job
from market.errors import Refused
from market.owner.word.approve import approve, read_pending
from market.plan.expression import Column
from market.plan.statistics import Covariance, Mean
from market.pricing.lattice import CiphertextLattice
from market.records.delivery import Bundle, SealedShares
from market.records.union import Values
from market.services.compute.evaluate_job import evaluate_job
from market.services.operation.keep_house import expire_jobs
from market.vault.backup import backup, restore
from market.vault.store.opening import open_store

pytestmark = pytest.mark.stories

ROWS = 300
"""Of each owner's table."""
SMALL = "person,visits,insured\n" + "".join(f"q{i},4,yes\n" for i in range(100))


def people(result: OpenedResult) -> tuple[float, float]:
    """The counted rows and the half-width of their interval."""
    (cell,) = result.answers[0].cells
    assert cell.value is not None
    assert cell.error_95 is not None
    return cell.value, cell.error_95


def sealed_to(market: LiveUnion, job: Job) -> list[SealedShares]:
    """What the buyer finds in each envelope."""
    return [market.unsealed(job, party.envelope) for party in market.checked(job).parties]


def rows_of_each(market: LiveUnion, job: Job) -> list[float]:
    """What each owner's share of the count opens with the platform's share over its own data."""
    checked = market.checked(job)
    assert isinstance(checked.quote.lattice, CiphertextLattice)
    chosen = checked.quote.lattice.parameters
    return [
        combine(
            checked.platform[party.agent]["#valid"],
            decode_residues(sealed.shares[0].residues, chosen),
            chosen,
        )
        / chosen.unit(1)
        for party, sealed in zip(checked.parties, sealed_to(market, job), strict=True)
    ]


def test_sum_over_both_owners_opens_and_neithers_own_does(tmp_path: Path) -> None:
    with live_union(tmp_path, oscar={"table": SMALL}) as market:
        job = market.released(COUNT)
        result = market.opened_by_client(job)
        value, error = people(result)
        assert value == pytest.approx(ROWS + 100, abs=60)
        assert (result.values, result.by_dataset) == ("masked", ())
        assert {one.member for one in result.receipts} == {"visits-north", "visits-south"}
        assert len({receipt.file for receipt in result.receipts}) == 2
        # Numbers anywhere modulo 2^150: beyond the rows of any table but once in 2^50.
        assert min(map(abs, rows_of_each(market, job))) > 2**40
        for owner in market.owners:
            assert market.spent(owner) == (job.rho_units, job.rho_units)
        # Two noises of full scale.
        alone = market.released(COUNT, "visits-north")
        own = market.opened_by_client(alone)
        assert error == pytest.approx(math.sqrt(2) * people(own)[1], rel=1e-6)


@pytest.mark.parametrize("values", ["masked", "plain"])
def test_weighted_sum_of_both_owners_is_opened_as_one(tmp_path: Path, values: Values) -> None:
    with live_union(tmp_path, values=values, oscar={"table": SMALL}) as market:
        job = market.released(PURE_SUM)
        assert [share.output for share in sealed_to(market, job)[0].shares] == ["1:#valid+1:visits"]
        result = market.opened_by_client(job)
        truth = sum(i % 11 for i in range(ROWS)) + 4 * 100
        value, error = people(result)
        assert value == pytest.approx(truth, abs=8 * error)
        of_each = {one.dataset: one.answers[0].cells[0].value for one in result.by_dataset}
        if values == "plain":
            assert of_each["visits-south"] == pytest.approx(400, abs=8 * error)


def test_plain_form_opens_every_owners_value_beside_the_sum(tmp_path: Path) -> None:
    with live_union(tmp_path, values="plain", oscar={"table": SMALL}) as market:
        job = market.released(COUNT)
        result = market.opened_by_client(job)
        assert result.values == "plain"
        of_each = {one.dataset: one.answers[0].cells[0] for one in result.by_dataset}
        assert of_each["visits-north"].value == pytest.approx(ROWS, abs=40)
        assert of_each["visits-south"].value == pytest.approx(100, abs=40)
        value, error = people(result)
        assert value == pytest.approx(sum(cell.value or 0 for cell in of_each.values()), abs=1e-6)
        assert error == pytest.approx(math.sqrt(2) * (of_each["visits-north"].error_95 or 0))
        assert result.to_json()["by_dataset"][0]["dataset"] == "visits-north"


def test_one_owner_who_says_masked_masks_it_for_all(tmp_path: Path) -> None:
    with live_union(tmp_path, values={"olga": "plain", "oscar": "masked"}) as market:
        result = market.opened_by_client(market.released(COUNT))
        assert (result.values, result.by_dataset) == ("masked", ())


def test_products_of_columns_are_recomputed_by_each_agent(tmp_path: Path) -> None:
    with live_union(tmp_path, "oscar", "carol") as market:
        plan = plan_of(Covariance(Column("visits"), Column("insured")), Mean(Column("visits")))
        job = market.released(plan)
        result = market.opened_by_client(job)
        rows = [(min(i % 11, 10), 1 if i % 3 else 0) for i in range(ROWS)]
        mean = sum(visits for visits, _ in rows) / ROWS
        (cell,) = result.answers[1].cells
        assert cell.value == pytest.approx(mean, abs=3 * (cell.error_95 or 0))
        assert len(result.receipts) == 3


def test_same_question_again_is_the_same_bits_and_costs_nothing(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        first, again = market.released(COUNT), market.released(COUNT)
        assert [one.shares for one in sealed_to(market, first)] == [
            one.shares for one in sealed_to(market, again)
        ]
        assert [one.rho_units for one in market.opened_by_client(again).receipts] == [0, 0]
        assert market.spent("oscar") == (first.rho_units, first.rho_units)


def test_owner_who_refuses_ends_it_and_nobody_has_paid(tmp_path: Path) -> None:
    with live_union(tmp_path, oscar={"budget": "0.6"}) as market:
        alone = market.released(COUNT, "visits-south", buyer="eve")
        # The platform's ledger looks away: what the agent says counts.
        market.lift_platform_caps("visits-south")
        job = market.requested(COUNT)
        assert market.held("olga") == job.rho_units
        market.step()
        ended = market.job(job)
        assert ended.end is not None
        assert (ended.state, ended.end.code) == ("refused", "over-budget")
        assert market.held("olga") == 0
        assert market.spent("olga") == (0, 0)
        assert market.spent("oscar") == (alone.rho_units, alone.rho_units)


def silent(market: LiveUnion, owner: str) -> Job:
    """A job that all have approved and all but one owner have released, whose time is over."""
    job = market.evaluated(COUNT)
    for other in market.owners:
        if other != owner:
            market.step_of(other)
    expire_jobs(market.platform, now=market.job(job).deadline + 1)
    return market.job(job)


def test_owner_who_is_silent_pays_nothing_and_nothing_opens(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        job = silent(market, "oscar")
        assert job.end is not None
        assert (job.state, job.end.code) == ("expired", "release-timeout")
        assert "receipt" in job.end.next_action
        # What has left is spent: nobody can know who holds the other share by now.
        assert market.spent("olga") == (job.rho_units, job.rho_units)
        assert market.spent("oscar") == (0, 0)
        assert (market.held("olga"), market.held("oscar")) == (0, 0)


def test_asking_again_costs_those_nothing_who_had_released(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        first = silent(market, "oscar")
        again = market.released(COUNT)
        charged = {one.member: one.rho_units for one in market.opened_by_client(again).receipts}
        assert charged == {"visits-north": 0, "visits-south": first.rho_units}
        for owner in market.owners:
            assert market.spent(owner) == (first.rho_units, first.rho_units)


def test_owner_who_approves_by_hand_reads_with_whom_and_how(tmp_path: Path) -> None:
    with live_union(tmp_path, oscar={"approval": "manual"}) as market:
        job = market.requested(COUNT)
        market.step()
        assert market.job(job).state == "requested"
        owner, portal = market.owner_of("oscar"), market.client("oscar", "owner")
        pending = read_pending(portal, owner.home, owner.store, job.job, now=market.now)
        assert "visits-north, visits-south" in pending.text
        assert "at most 4,000 rows each" in pending.text
        assert "Masked: the sums over all of them open" in pending.text
        assert "the other owner" in pending.text
        approve(
            portal, owner.home, a_key("oscar"), pending, now=market.now, entropy=lambda n: b"7" * n
        )
        evaluated = evaluate_job(market.platform, market.job(job), now=market.now)
        market.step()
        assert market.job(evaluated).state == "released"
        assert people(market.opened_by_client(job))[0] == pytest.approx(2 * ROWS, abs=60)


def test_dataset_that_is_not_sold_alone_is_asked_with_the_others_only(tmp_path: Path) -> None:
    with live_union(tmp_path, is_sold_alone=False) as market:
        with pytest.raises(Refused, match="sold-together-only"):
            market.submit(COUNT, "visits-north")
        assert people(market.opened_by_client(market.released(COUNT)))[0] > ROWS


def test_three_owners_may_not_be_asked_two_at_a_time(tmp_path: Path) -> None:
    """Each has agreed to all three: sums of pairs would tell every one of them."""
    with live_union(tmp_path, "oscar", "carol") as market:
        for some in ("visits-north,visits-south", "visits-south,visits-west"):
            with pytest.raises(Refused, match="union-not-agreed"):
                market.submit(COUNT, some)
        assert people(market.opened_by_client(market.released(COUNT)))[0] == pytest.approx(
            3 * ROWS, abs=80
        )


def test_agent_refuses_what_its_owner_has_not_agreed_to_whatever_the_platform_takes(
    tmp_path: Path,
) -> None:
    with live_union(tmp_path, values={"olga": "masked", "oscar": "plain"}) as market:
        job = market.planned(COUNT)
        union = market.union_of(job)
        assert union is not None
        signed = market.request(job, union=replace(union, values="plain"))
        forge(market, job, request=signed, state="requested")
        market.step_of("olga")
        ended = market.job(job)
        assert ended.end is not None
        assert (ended.state, ended.end.code) == ("refused", "union-values")
        assert market.spent("olga") == (0, 0)


def test_missing_envelope_opens_nothing(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        job = market.released(COUNT)
        bundle = wire.decode(Bundle, market.bundle_bytes(job))
        cut = replace(bundle, envelopes=bundle.envelopes[:1], receipts=bundle.receipts[:1])
        with pytest.raises(Refused, match="number of envelopes"):
            market.checked(job, canonical.dumps(wire.to_json(cut)))


def test_share_without_its_mask_opens_nothing(tmp_path: Path) -> None:
    """An agent that does not mask leaves the others' masks in the sum: a number all over the
    modulus, which no table can have."""
    with live_union(tmp_path) as market:
        job = market.released(COUNT)
        north, south = sealed_to(market, job)
        unmasked = market.agent_shares(market.released(COUNT, "visits-south"))
        checked = market.checked(job)
        require_possible(checked, open_sums(checked, (north, south)))
        without = replace(south, shares=unmasked.shares)
        with pytest.raises(Refused, match="possible value"):
            require_possible(checked, open_sums(checked, (north, without)))


def test_swapped_shares_of_the_platform_are_noticed(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        job = market.released(COUNT)
        bundle = wire.decode(Bundle, market.bundle_bytes(job))
        swapped = replace(bundle, platform=bundle.platform[::-1])
        with pytest.raises(Refused, match="statement's shares"):
            market.checked(job, canonical.dumps(wire.to_json(swapped)))


def test_restored_agent_takes_in_what_it_released_with_others(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        backup(market.home, tmp_path / "agent.backup", entropy=secrets.token_bytes)
        job = market.released(COUNT)
        unlock = Secret((market.home.path / "unlock").read_bytes())
        market.store.close()
        market.home = restore(
            tmp_path / "agent.backup", tmp_path / "again", unlock, keep_unlock=True
        )
        market.store = open_store(market.home.database_path)
        assert market.spent("olga")[0] == 0
        portal = market.client("olga", "agent")
        taken = reconcile(market.home, market.store, portal, last_sequence=None, now=market.now)
        assert taken.releases == 1
        assert market.spent("olga") == (job.rho_units, job.rho_units)
        # It knows the opening, too: the same question is the same bits, for nothing.
        again = market.opened_by_client(market.released(COUNT))
        assert [one.rho_units for one in again.receipts] == [0, 0]
        assert people(again) == people(market.opened_by_client(job))
