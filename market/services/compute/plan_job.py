"""The first stage: entitlement, plan, price, policy, reservation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crypto import canonical
from market import wire
from market.entities.documents import Document
from market.entities.job import Job, JobEvent, advance
from market.errors import MarketError
from market.plan.few_words import in_few_words
from market.plan.lowered import lower
from market.plan.plan import Plan, check_datasets, plan_hash
from market.policy.budget.price import price_of
from market.policy.submission.commit import subject_line
from market.pricing.cost_words import spent_text
from market.pricing.loss import rho_text
from market.pricing.quote import Quote
from market.pricing.quote_document import quote_document
from market.services.compute.admit import ask
from market.services.jobs.end_job import end_with
from market.services.jobs.reserve_budget import Price, fingerprint_of, reserve_budget
from market.services.platform import Platform
from market.services.submit.send_program import access_of


def plan_job(platform: Platform, job: Job, *, now: int) -> Job:
    """Bring a submitted job to `planned`, or end it with the rule that stopped it.

    Done again after a crash it does the same: the plan is a function of the commit, and the
    reservation of the job. A job already past this stage is returned as it is.
    """
    if job.state != "submitted":
        return job
    try:
        planned = _plan(platform, job, now=now)
    except MarketError as error:
        planned = end_with(platform, job, error, now=now)
    platform.sent_programs.drop_token(job.job)
    return planned


def _plan(platform: Platform, job: Job, *, now: int) -> Job:
    asked = ask(platform, job, now=now)
    source = asked.source
    built = canonical.loads(
        platform.plans.build(
            job.repository, job.commit, source.program_input, access_of(platform, job)
        )
    )
    plan = wire.from_json(Plan, built["plan"])
    check_datasets(plan, [named.dataset for named in job.datasets])
    lowered = lower(plan, source.schema)
    priced = price_of(lowered, source.policy, job.epsilon, source.lattice)
    asked.require_allowed(priced)
    digest = plan_hash(plan, source.program_input.schemas)
    price = Price(fingerprint_of(job.buyer_key), priced.opening, source.policy.delta)
    held = reserve_budget(platform, job, asked.admitted, price, now=now)
    planned = replace(
        advance(job, "planned", now=now, deadline=now + platform.waits.request_seconds),
        rho_units=priced.rho_units,
        plan_hash=digest,
        subject=subject_line(str(built.get("subject", ""))),
        statistics=in_few_words(plan),
        prices_cents=tuple(named.price_cents for named in source.named),
    )
    text = f"Plan {digest[:12]} built twice alike; {_reserved_text(priced, held)}."
    platform.jobs.save(
        planned,
        expected=job.state,
        event=JobEvent(job.job, now, planned.state, text),
        documents=[
            Document("plan", wire.encode(plan).decode()),
            Document("trace", canonical.dumps(built["trace"]).decode()),
            Document("words", canonical.dumps(asked.words(lowered)).decode()),
            Document("quote", canonical.dumps(quote_document(priced)).decode()),
            Document("opening", canonical.dumps(wire.to_json(priced.opening)).decode()),
            *asked.documents,
        ],
    )
    return planned


def _reserved_text(priced: Quote, held: Sequence[int]) -> str:
    """What is held of a price, for the buyer: the most that any party's people are asked for."""
    most = max(held, default=priced.rho_units)
    if not most:
        return "nothing is reserved, since you have these answers"
    if most < priced.rho_units:
        return f"rho {rho_text(most)} reserved of {spent_text(priced)}: you have the rest"
    return f"{spent_text(priced)} reserved"
