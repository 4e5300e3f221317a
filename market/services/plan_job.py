"""The first stage: entitlement, plan, price, policy, reservation."""

from __future__ import annotations

from dataclasses import replace

from crypto import canonical
from crypto.identity import PublicKey
from market import wire
from market.entities.documents import Document
from market.entities.job import Job, JobEvent, advance
from market.errors import MarketError
from market.plan.lowered import lower
from market.plan.plan import Plan, check_datasets, plan_hash
from market.policy.price import price_of
from market.policy.repeats import Novelty
from market.pricing.cost_words import spent_text
from market.pricing.opening import EVERY_RUN_ALIKE, opening_of
from market.pricing.quote_document import quote_document
from market.services.admit import ask
from market.services.end_job import end_with
from market.services.platform import Platform
from market.services.reserve_budget import Price, reserve_budget


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
    asked = ask(platform, job, now=now)
    source = asked.source
    built = canonical.loads(platform.plans.build(job.repository, job.commit, source.program_input))
    plan = wire.from_json(Plan, built["plan"])
    check_datasets(plan, [named.dataset for named in job.datasets])
    lowered = lower(plan, source.schema)
    priced = price_of(lowered, source.policy, job.epsilon, source.lattice)
    asked.require_allowed(priced)
    digest = plan_hash(plan, source.program_input.schemas)
    run = EVERY_RUN_ALIKE if job.engine == "ciphertext" else job.job
    opening = opening_of(source.manifest_hashes, priced.outputs, run, source.values)
    paid = [one for one in job.parties if released_to(platform, job, one, opening) != "own"]
    price = Price(fingerprint_of(job.buyer_key), priced.rho_units, source.policy.delta)
    reserve_budget(platform, job, asked.admitted, paid, price, now=now)
    planned = replace(
        advance(job, "planned", now=now, deadline=now + platform.waits.request_seconds),
        rho_units=priced.rho_units,
        plan_hash=digest,
        opening=opening,
    )
    nothing = "nothing is reserved, since you have these answers"
    reserved = f"{spent_text(priced)} reserved" if paid else nothing
    text = f"Plan {digest[:12]} built twice alike; {reserved}."
    platform.jobs.save(
        planned,
        expected=job.state,
        event=JobEvent(job.job, now, planned.state, text),
        documents=[
            Document("plan", wire.encode(plan).decode()),
            Document("trace", canonical.dumps(built["trace"]).decode()),
            Document("words", canonical.dumps(asked.words(lowered)).decode()),
            Document("quote", canonical.dumps(quote_document(priced)).decode()),
            *asked.documents,
        ],
    )
    return planned


def fingerprint_of(key: str) -> str:
    """The fingerprint of a public key in hex."""
    return PublicKey.parse(key).fingerprint()


def released_to(platform: Platform, job: Job, party: str, opening: str) -> Novelty:
    """Whether a party released its part of what a job opens before, in another job, and to whom."""
    before, besides = platform.jobs.released_before, job.job
    if before(opening, party, besides=besides, buyer_key=job.buyer_key):
        return "own"
    return "others" if before(opening, party, besides=besides) else "new"
