"""The first stage: entitlement, plan, price, policy, reservation."""

from __future__ import annotations

from dataclasses import replace

from crypto import canonical
from crypto.identity import PublicKey
from crypto.parameters import by_name
from market import wire
from market.entities.dataset import Dataset
from market.entities.documents import Document
from market.entities.job import AskedDataset, Job, JobEvent, advance
from market.errors import MarketError
from market.plan.human import describe
from market.plan.lowered import lower
from market.plan.plan import Plan, check_datasets, plan_hash
from market.policy.decision import Denied
from market.policy.one_of_each import one_dataset
from market.policy.price import price_of
from market.policy.repeats import Novelty
from market.policy.serving import policy_in_force
from market.pricing.lattice import ciphertext_lattice
from market.pricing.loss import loss_text
from market.pricing.opening import opening_of
from market.records.listing import Listing
from market.services.change_standing import serving_of
from market.services.end_job import end_with
from market.services.platform import Platform
from market.services.read_entitlement import read_entitlement
from market.services.reserve_budget import Admitted, Price, reserve_budget


def plan_job(platform: Platform, job: Job, *, now: int) -> Job:
    """Bring a submitted job to `planned`, or end it with the rule that stopped it.

    Done again after a crash it does the same: the plan is a function of the commit, and the
    reservation of the job. A job already past this stage is returned as it is.
    """
    if job.state != "submitted":
        return job
    try:
        return _plan(platform, job, now=now)
    except MarketError as error:
        return end_with(platform, job, error, now=now)


def _plan(platform: Platform, job: Job, *, now: int) -> Job:
    served = [_served(platform, asked) for asked in job.datasets]
    admitted = [_admitted(platform, job, *each, now=now) for each in served]
    # One schema is lowered, and priced under one policy; what is held is held for all of them.
    dataset, listing = one_dataset(served)
    built = canonical.loads(platform.plans.build(job.repository, job.commit, listing.program_input))
    plan = wire.from_json(Plan, built["plan"])
    check_datasets(plan, [named.dataset for named in job.datasets])
    parameters = by_name(dataset.manifest.record.parameters)
    lattice = ciphertext_lattice(listing.schema.capacity_rows, parameters)
    lowered = lower(plan, listing.schema)
    priced = price_of(lowered, listing.policy, job.epsilon, lattice)
    digest = plan_hash(plan, [each.schema for _, each in served])
    opening = opening_of([each.manifest_hash for _, each in served], priced.outputs)
    paid = [one for one in job.parties if released_to(platform, job, one, opening) != "own"]
    price = Price(fingerprint_of(job.buyer_key), priced.rho_units, listing.policy.delta)
    reserve_budget(platform, job, admitted, paid, price, now=now)
    planned = replace(
        advance(job, "planned", now=now, deadline=now + platform.waits.request_seconds),
        rho_units=priced.rho_units,
        plan_hash=digest,
        opening=opening,
    )
    loss = loss_text(priced.rho_units, listing.policy.delta)
    reserved = f"{loss} reserved" if paid else "nothing is reserved, since you have these answers"
    text = f"Plan {digest[:12]} built twice alike; {reserved}."
    platform.jobs.save(
        planned,
        expected=job.state,
        event=JobEvent(job.job, now, planned.state, text),
        documents=[
            Document("plan", wire.encode(plan).decode()),
            Document("trace", canonical.dumps(built["trace"]).decode()),
            Document("words", canonical.dumps(describe(lowered)).decode()),
            Document("quote", canonical.dumps(priced.to_json()).decode()),
        ],
    )
    return planned


def _served(platform: Platform, asked: AskedDataset) -> tuple[Dataset, Listing]:
    """The version asked, and its listing under the policy in force (raises Refused)."""
    if denied := serving_of(platform, asked.dataset).refusal(asked.dataset, asked.version):
        raise denied.error()
    dataset = platform.catalogue.version(asked.dataset, asked.version)
    newest = platform.catalogue.dataset(asked.dataset).listing.record.policy
    listing = dataset.listing.record
    return dataset, replace(listing, policy=policy_in_force(listing.policy, newest))


def fingerprint_of(key: str) -> str:
    """The fingerprint of a public key in hex."""
    return PublicKey.parse(key).fingerprint()


def released_to(platform: Platform, job: Job, party: str, opening: str) -> Novelty:
    """Whether a party released its part of what a job opens before, in another job, and to whom."""
    before, besides = platform.jobs.released_before, job.job
    if before(opening, party, besides=besides, buyer_key=job.buyer_key):
        return "own"
    return "others" if before(opening, party, besides=besides) else "new"


def _admitted(
    platform: Platform, job: Job, dataset: Dataset, listing: Listing, *, now: int
) -> Admitted:
    decision = read_entitlement(platform, dataset, listing.policy, job.buyer_key, now=now)
    if isinstance(decision, Denied):
        raise decision.error()
    return Admitted(dataset.manifest.record, decision.rho_units)
