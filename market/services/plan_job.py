"""The first stage: entitlement, plan, price, policy, reservation."""

from __future__ import annotations

from dataclasses import replace

from crypto import canonical
from crypto.identity import PublicKey
from market import wire
from market.errors import MarketError
from market.job import TERMINAL, Job, advance
from market.plan.expression import Plan, plan_hash
from market.plan.moments import kinds, uses_replay
from market.plan.privacy import Quote, quote
from market.policy.accounts import buyer_accounts, rho_charges
from market.policy.admission import admission
from market.policy.decision import Denied
from market.policy.entitlement import entitlement
from market.policy.epsilon import rho_asked
from market.policy.serving import policy_in_force
from market.ports.catalogue import Dataset
from market.ports.jobs import JobEvent
from market.records.listing import Listing, Policy
from market.services.change_standing import serving_of
from market.services.end_job import end_with
from market.services.platform import Platform


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


def price(listing: Listing, plan: Plan, epsilon: str) -> Quote:
    """The quote of a plan under a dataset's policy.

    Raises:
        Refused: the policy does not allow it, or it costs more than one job may.
    """
    policy = listing.policy
    asked = rho_asked(epsilon, policy.delta)
    priced = quote(plan, listing.schema, asked, policy.delta)
    denied = admission(
        policy,
        kinds=kinds(plan),
        uses_replay=uses_replay(plan, listing.schema),
        rho_units=priced.rho_units,
    )
    if denied:
        raise denied.error()
    return priced


def _plan(platform: Platform, job: Job, *, now: int) -> Job:
    if denied := serving_of(platform, job.dataset).refusal(job.dataset, job.version):
        raise denied.error()
    dataset = platform.catalogue.version(job.dataset, job.version)
    newest = platform.catalogue.dataset(job.dataset).listing.record.policy
    listing = replace(
        dataset.listing.record, policy=policy_in_force(dataset.listing.record.policy, newest)
    )
    allocation = _entitled(platform, job, dataset, listing.policy, now=now)
    built = canonical.loads(platform.plans.build(job.repository, job.commit, listing.schema))
    plan = wire.from_json(Plan, built["plan"])
    priced = price(listing, plan, job.epsilon)
    digest = plan_hash(plan, listing.schema)
    if not _is_repeat(platform, job, digest, priced.rho_units):
        _reserve(platform, job, dataset, allocation, priced.rho_units, now=now)
    planned = replace(
        advance(job, "planned", now=now, deadline=now + platform.waits.request_seconds),
        rho_units=priced.rho_units,
        plan_hash=digest,
        plan=wire.encode(plan).decode(),
        trace=canonical.dumps(built["trace"]).decode(),
        quote=canonical.dumps(priced.to_json()).decode(),
    )
    text = f"Plan {digest[:12]} built twice alike; {priced.rho_units} rho units reserved."
    platform.jobs.save(planned, expected="submitted", event=JobEvent(job.job, now, "planned", text))
    return planned


def _entitled(platform: Platform, job: Job, dataset: Dataset, policy: Policy, *, now: int) -> int:
    buyer = PublicKey.parse(job.buyer_key).fingerprint()
    grant = platform.catalogue.live_grant(job.dataset, buyer, now=now)
    decision = entitlement(
        policy,
        grant.record if grant else None,
        dataset=job.dataset,
        lineages=dataset.manifest.record.lineages,
        buyer=buyer,
        now=now,
    )
    if isinstance(decision, Denied):
        raise decision.error()
    return decision.rho_units


def _is_repeat(platform: Platform, job: Job, digest: str, rho_units: int) -> bool:
    """Whether this question was released on this data before: then the agent charges nothing."""
    return any(
        earlier.receipt is not None
        and earlier.plan_hash == digest
        and earlier.version == job.version
        and earlier.rho_units == rho_units
        for earlier in platform.jobs.of_datasets([job.dataset], sorted(TERMINAL))
    )


def _reserve(
    platform: Platform, job: Job, dataset: Dataset, allocation: int, units: int, *, now: int
) -> None:
    manifest = dataset.manifest.record
    buyer = PublicKey.parse(job.buyer_key).fingerprint()
    for account in buyer_accounts(manifest, buyer):
        platform.ledger.open_account(account, allocation)
    platform.ledger.reserve(
        f"job/{job.job}",
        rho_charges(manifest, buyer, units),
        now=now,
        expires_at=now + platform.waits.reservation_seconds,
    )
