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
from market.plan.lowered import lower
from market.plan.plan import Plan, check_datasets, plan_hash
from market.policy.budget import told_in_epsilon
from market.policy.decision import Denied
from market.policy.price import price_of
from market.policy.repeats import Cost, Novelty, rho_cost
from market.policy.serving import policy_in_force
from market.pricing.loss import loss_text
from market.pricing.opening import opening_of
from market.records.listing import Listing, Policy
from market.services.change_standing import serving_of
from market.services.end_job import end_with, reservation_of
from market.services.platform import Platform
from market.services.read_entitlement import read_entitlement


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
    dataset, listing = _served(platform, job.asked)
    allocation = _entitled(platform, job, dataset, listing.policy, now=now)
    built = canonical.loads(platform.plans.build(job.repository, job.commit, listing.program_input))
    plan = wire.from_json(Plan, built["plan"])
    check_datasets(plan, [named.dataset for named in job.datasets])
    parameters = by_name(dataset.manifest.record.parameters)
    priced = price_of(lower(plan, listing.schema), listing.policy, job.epsilon, parameters)
    digest = plan_hash(plan, (listing.schema,))
    opening = opening_of((listing.manifest_hash,), priced.outputs)
    cost = rho_cost(dataset.manifest.record, fingerprint_of(job.buyer_key), priced.rho_units)
    is_own = released_to(platform, job, opening) == "own"
    if not is_own:
        _reserve(platform, job, cost, allocation, listing.policy.delta, now=now)
    planned = replace(
        advance(job, "planned", now=now, deadline=now + platform.waits.request_seconds),
        rho_units=priced.rho_units,
        plan_hash=digest,
        opening=opening,
    )
    loss = loss_text(priced.rho_units, listing.policy.delta)
    reserved = "nothing is reserved, since you have these answers" if is_own else f"{loss} reserved"
    text = f"Plan {digest[:12]} built twice alike; {reserved}."
    platform.jobs.save(
        planned,
        expected=job.state,
        event=JobEvent(job.job, now, planned.state, text),
        documents=[
            Document("plan", wire.encode(plan).decode()),
            Document("trace", canonical.dumps(built["trace"]).decode()),
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


def released_to(platform: Platform, job: Job, opening: str) -> Novelty:
    """Whether what a job opens was released before, in another job, and to whom."""
    if platform.jobs.released_before(opening, besides=job.job, buyer_key=job.buyer_key):
        return "own"
    return "others" if platform.jobs.released_before(opening, besides=job.job) else "new"


def _entitled(platform: Platform, job: Job, dataset: Dataset, policy: Policy, *, now: int) -> int:
    decision = read_entitlement(platform, dataset, policy, job.buyer_key, now=now)
    if isinstance(decision, Denied):
        raise decision.error()
    return decision.rho_units


def _reserve(
    platform: Platform, job: Job, cost: Cost, allocation: int, delta: str, *, now: int
) -> None:
    with told_in_epsilon(delta, cost):
        for charge in cost.buyer:
            platform.ledger.open_account(charge.account, allocation)
        platform.ledger.reserve(
            reservation_of(job.job),
            cost.whole,
            now=now,
            expires_at=now + platform.waits.reservation_seconds,
        )
