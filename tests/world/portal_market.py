"""A portal with people, data and jobs, for the portal's tests: real services, ports in memory."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from crypto import canonical, parameters
from crypto.accounting import rho_for_epsilon
from crypto.identity import SigningKey
from crypto.secret import Secret
from market import wire
from market.adapters.stores.local import LocalStore
from market.adapters.stores.signed_urls import UrlSigner
from market.entities.job import Job
from market.entities.people import Organisation, Role, User
from market.entities.stages import Form
from market.errors import MarketError
from market.plan.decimals import fraction_of
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.moments import Output
from market.plan.plan import NamedStatistic, Plan
from market.plan.program_input import ProgramInput
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import Count, GroupBy, Histogram, Mean
from market.policy.submission import Submission
from market.portal.app import create_app
from market.records.appointment import AgentAppointment
from market.records.approval import Approval, Refusal
from market.records.delivery import Envelope, EnvelopeHeader, Share, shares_digest
from market.records.grant import Grant
from market.records.listing import Description, Listing, Policy, Population
from market.records.manifest import Chunk, EncryptedColumn, Manifest, chunk_prefix
from market.records.receipt import Receipt, receipted
from market.records.request import Request, RequestedDataset
from market.records.signed import record_hash, sign_record
from market.records.standing import Standing, StandingWord
from market.services.accept_approval import accept_approval, accept_refusal
from market.services.accept_release import accept_release
from market.services.accept_request import accept_request
from market.services.asked_datasets import dataset_of
from market.services.end_job import cancel_job
from market.services.evaluate_job import evaluate_job, shares_of
from market.services.grant_access import accept_grant
from market.services.keep_house import expire_jobs
from market.services.plan_job import plan_job
from market.services.platform import Platform, Waits
from market.services.publish_dataset import publish_dataset
from market.services.submit_job import submit_job
from market.settings import Settings
from world.memory.appointments import MemoryAppointments
from world.memory.catalogue import MemoryCatalogue
from world.memory.jobs import MemoryJobs
from world.memory.ledger import MemoryLedger
from world.memory.people import MemoryPeople
from world.memory.receipts import MemoryReceipts

NOW = 1_764_077_600
PASSWORD = "copper-lantern-orchid-42"
COMMIT = "c0ffee" + "0" * 34
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Stages:
    """Plan builder, evaluator, scheduler and forms; `failure` is raised by the next step."""

    plan: Plan
    failure: Exception | None = None
    calls: list[tuple[object, ...]] = field(default_factory=list)
    forms: tuple[Form, ...] = ()

    def build(self, repository: str, commit: str, asked: ProgramInput) -> bytes:
        self._note("build", repository, commit, asked.schema.name)
        # A program's plan asks what it is told to.
        plan = replace(self.plan, datasets=asked.datasets)
        return canonical.dumps({"plan": wire.to_json(plan), "trace": []})

    def evaluate(
        self, job: str, manifest: Manifest, outputs: tuple[Output, ...]
    ) -> tuple[Share, ...]:
        self._note("evaluate", job, manifest.dataset)
        return tuple(Share(output.id, "00" * 20) for output in outputs)

    def run_of(self, organisation: str, name: str) -> str:
        return f"submit_{organisation}/{name}"

    def trigger(self, run: str, user: str, conf: dict[str, str]) -> None:
        self._note("trigger", run, user, conf)

    def answer(self, run: str, wait: str, *, go_on: bool) -> bool:
        self._note("answer", run, wait, go_on)
        return True

    def write(self, forms: tuple[Form, ...]) -> None:
        self.forms = forms

    def _note(self, *call: object) -> None:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure


SCHEMA = Schema(
    name="visits",
    columns=(
        NumericColumn(
            "visits", "0", "77", "Doctor visits", "visits per year", "midpoint", "3", "4"
        ),
        NumericColumn("age", "18", "90", "Age", "years", "drop_row", None, None),
        CategoricalColumn("health", ("poor", "good", "excellent"), "Self-rated health"),
        BooleanColumn("insured", "Has private insurance", "false"),
    ),
    privacy_unit=PrivacyUnit("person", 3, "one respondent"),
    capacity_rows=10_000,
    products=(Product("age", "visits"), Product("visits", "visits")),
)
PLAN = Plan(
    2,
    ("household-visits",),
    "gaussian",
    (
        NamedStatistic("respondents", 1, Count()),
        NamedStatistic("average_visits", 2, Mean(Column("visits"))),
        NamedStatistic("health_levels", 1, Histogram("health")),
        NamedStatistic("visits_by_health", 2, GroupBy("health", Mean(Column("visits")))),
    ),
)


@dataclass
class PortalMarket:
    """Everybody and everything. `now` is the portal's clock."""

    platform: Platform
    settings: Settings
    app: FastAPI
    stages: Stages
    keys: dict[str, SigningKey]
    agent: SigningKey
    now: int = NOW

    def user(self, name: str) -> User:
        return self.platform.people.user(name)

    def browser(self, name: str = "") -> Browser:
        """A browser, signed in as `name` unless that is empty."""
        browser = Browser(self.app, self.settings.portal_url)
        if name:
            answer = browser.post("/sign-in", user=name, password=PASSWORD, page="/sign-in")
            assert answer.status_code == 303, answer.text
        return browser

    def token(self, name: str, *scopes: str) -> dict[str, str]:
        """Headers with an API token."""
        token = self.platform.people.issue_token(
            name, scopes, "test", now=self.now, lifetime_seconds=3_600
        )
        return {"Authorization": f"Bearer {token}"}

    def publish(self, dataset: str = "household-visits", **changes: object) -> None:
        """Publish a version 1 as `owner`; `changes` are policy or description fields."""
        listing, manifest = self.publication(dataset, **changes)
        publish_dataset(self.platform, self.user("olga"), listing, manifest, now=self.now)

    def publication(self, dataset: str, **changes: object) -> tuple[str, str]:
        policy = {k: v for k, v in changes.items() if k in Policy.__dataclass_fields__}
        words = {k: v for k, v in changes.items() if k in Description.__dataclass_fields__}
        manifest = self._manifest(dataset)
        listing = Listing(
            dataset,
            1,
            replace(DESCRIPTION, **words),  # type: ignore[arg-type]
            SCHEMA,
            replace(POLICY, **policy),  # type: ignore[arg-type]
            record_hash(manifest),
            Population(tuple(o.dataset for o in self.platform.catalogue.of_owner("olga"))),
        )
        key = self.keys["olga"]
        return (
            sign_record(key, listing).encode().decode(),
            sign_record(key, manifest).encode().decode(),
        )

    def _manifest(self, dataset: str) -> Manifest:
        columns = []
        for index, name in enumerate(SCHEMA.encoded_columns):
            data = f"{dataset}/{name}".encode()
            digest = hashlib.sha256(data).hexdigest()
            key = f"{chunk_prefix(dataset, self.keys['olga'].public.fingerprint(), 1)}{index}-0"
            self.platform.objects.put(key, data, sha256=digest)
            columns.append(EncryptedColumn(name, (Chunk(key, digest, len(data), 0, 3),), "00" * 60))
        return Manifest(
            dataset=dataset,
            version=1,
            lineages=(f"lineage-of-{dataset}",),
            epoch=1,
            schema_digest=SCHEMA.digest(),
            parameters=parameters.AGG.name,
            parameters_digest=parameters.AGG.digest(),
            key_id="11" * 32,
            noise_commitment="22" * 32,
            agent=self.agent.public.hex,
            form="seed-only",
            ciphertexts=3,
            columns=tuple(columns),
            twin_seed=7,
            created_at=self.now,
        )

    def stand(self, state: StandingWord, dataset: str = "household-visits") -> httpx.Response:
        """The owner's client says its next word on a dataset."""
        kept = self.platform.catalogue.dataset(dataset).signed_standing
        said = Standing(dataset, kept.record.number + 1 if kept else 1, state, (), self.now)
        text = sign_record(self.keys["olga"], said).encode().decode()
        return self.browser().send(
            "POST",
            f"/api/v1/datasets/{dataset}/standing",
            json={"standing": text},
            headers=self.token("olga", "owner"),
        )

    def grant(self, dataset: str, buyer: str) -> None:
        manifest = self.platform.catalogue.dataset(dataset).manifest.record
        grant = Grant(
            grant=secrets.token_hex(8),
            dataset=dataset,
            lineages=manifest.lineages,
            buyer=self.keys[buyer].public.fingerprint(),
            rho_units=5 * 10**10,
            terms_digest="33" * 32,
            issued_at=self.now,
            expires_at=self.now + 30 * 86_400,
        )
        text = sign_record(self.keys["olga"], grant).encode().decode()
        accept_grant(self.platform, self.user("olga"), text, now=self.now)

    def submitted(self, dataset: str = "household-visits", buyer: str = "bob") -> Job:
        return submit_job(
            self.platform,
            self.user(buyer),
            Submission("https://example.org/questions.git", COMMIT, dataset, "0.5"),
            now=self.now,
        )

    def planned(self, dataset: str = "household-visits", buyer: str = "bob") -> Job:
        return plan_job(self.platform, self.submitted(dataset, buyer), now=self.now + 5)

    def requested(self, dataset: str = "household-visits", buyer: str = "bob") -> Job:
        job = self.planned(dataset, buyer)
        found = self.platform.catalogue.dataset(dataset)
        request = Request(
            job=job.job,
            datasets=(
                RequestedDataset(
                    dataset,
                    1,
                    found.listing.record.manifest_hash,
                    found.listing.record.policy.price_cents,
                ),
            ),
            parties=(self.agent.public.hex,),
            plan_hash=job.plan_hash or "",
            rho_units=job.rho_units,
            recipient_key="44" * 32,
            nonce=secrets.token_hex(16),
            created_at=self.now,
            expires_at=self.now + 86_400,
        )
        text = sign_record(self.keys[buyer], request).encode().decode()
        return accept_request(self.platform, job.job, text, now=self.now + 60)

    def approved(self, dataset: str = "household-visits", buyer: str = "bob") -> Job:
        job = self.requested(dataset, buyer)
        approval = Approval(
            job=job.job,
            party=self.agent.public.hex,
            request_hash=job.request_hash,
            plan_hash=job.plan_hash or "",
            manifest_hashes=(self._manifest_hash(dataset),),
            buyer=self.keys[buyer].public.fingerprint(),
            recipient_key="44" * 32,
            rho_units=job.rho_units,
            nonce=secrets.token_hex(16),
            created_at=self.now,
            expires_at=self.now + 86_400,
        )
        text = sign_record(self.agent, approval).encode().decode()
        return accept_approval(self.platform, self.user("olga"), job.job, text, now=self.now + 70)

    def evaluated(self, dataset: str = "household-visits", buyer: str = "bob") -> Job:
        return evaluate_job(self.platform, self.approved(dataset, buyer), now=self.now + 95)

    def released(self, dataset: str = "household-visits", buyer: str = "bob") -> Job:
        job = self.evaluated(dataset, buyer)
        envelope, receipt = self.release_of(job, buyer)
        return accept_release(
            self.platform, self.user("olga"), job.job, envelope, receipt, now=self.now + 120
        )

    def release_of(self, job: Job, buyer: str) -> tuple[str, str]:
        manifest = dataset_of(self.platform, job).manifest.record
        shares = shares_of(self.platform.jobs.documents(job.job))
        sequence, previous = self.platform.receipts.head(manifest.agent)
        name = secrets.token_hex(16)
        header = EnvelopeHeader(
            receipt=name,
            job=job.job,
            request_hash=job.request_hash,
            plan_hash=job.plan_hash or "",
            manifest_hashes=(record_hash(manifest),),
            outputs=(),
            platform_digest=shares_digest(shares, parameters.AGG),
            parameters=parameters.AGG.name,
            agent=self.agent.public.hex,
            recipient_key="44" * 32,
        )
        envelope = Envelope(header, "66" * 80)
        receipt = Receipt(
            receipt=name,
            sequence=sequence + 1,
            previous=previous,
            datasets=(receipted(manifest, record_hash(manifest)),),
            buyer=self.keys[buyer].public.fingerprint(),
            rho_units=job.rho_units,
            plan_commitment="77" * 32,
            request_hash=job.request_hash,
            envelope_hash=record_hash(envelope),
            issued_at=self.now + 110,
        )
        return (
            sign_record(self.agent, envelope).encode().decode(),
            sign_record(self.agent, receipt).encode().decode(),
        )

    def cancelled(self) -> Job:
        return cancel_job(self.platform, self.user("bob"), self.planned().job, now=self.now + 30)

    def refused_by_owner(self, message: str = "Not for this purpose.") -> Job:
        job = self.requested()
        refusal = Refusal(
            job.job,
            self.agent.public.hex,
            job.request_hash,
            (self._manifest_hash("household-visits"),),
            "owner-refused",
            message,
            "Ask another question.",
            self.now,
        )
        text = sign_record(self.agent, refusal).encode().decode()
        return accept_refusal(self.platform, self.user("olga"), job.job, text, now=self.now + 80)

    def stopped_by(self, error: MarketError) -> Job:
        """A job whose plan could not be made."""
        job = self.submitted()
        self.stages.failure = error
        try:
            return plan_job(self.platform, job, now=self.now + 5)
        finally:
            self.stages.failure = None

    def expired(self, job: Job) -> Job:
        expire_jobs(self.platform, now=job.deadline)
        return self.platform.jobs.get(job.job)

    def _manifest_hash(self, dataset: str) -> str:
        return self.platform.catalogue.dataset(dataset).listing.record.manifest_hash


class Browser:
    """A person at a browser: cookies kept, the form's token taken from the page before."""

    def __init__(self, app: FastAPI, url: str) -> None:
        self._app = app
        self._url = url
        self.cookies = httpx.Cookies()

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request; cookies stay, redirects are not followed."""
        return asyncio.run(self._send(method, path, request))

    async def _send(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url=self._url, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **request)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, **request: Any) -> httpx.Response:
        return self.send("GET", path, **request)

    def csrf(self, page: str) -> str:
        found = _CSRF.search(self.get(page).text)
        assert found is not None, page
        return found[1]

    def post(self, path: str, *, page: str = "/account", **fields: object) -> httpx.Response:
        """Fill in the form of `page` and send it."""
        return self.send("POST", path, data={"csrf": self.csrf(page), **fields})


DESCRIPTION = Description(
    title="Household doctor visits",
    summary="Doctor visits of respondents to a household survey, with age and health.",
    provenance="A survey of 2025, answered at home and checked twice.",
    licence="CC BY 4.0 for released statistics",
    terms="Statistics may be published with their errors. No attempt to single anybody out.",
)
POLICY = Policy(
    budget_rho_units=10**12,
    buyer_rho_units=2 * 10**11,
    job_rho_units=rho_for_epsilon(fraction_of("1"), fraction_of("0.000001")),
    delta="0.000001",
    statistics=("count", "sum", "mean", "variance", "histogram", "covariance", "group_by"),
    access="open",
    approval="automatic",
    recomputation=True,
    price_cents=1_250,
)


PEOPLE: tuple[tuple[str, str, str, Role], ...] = (
    ("ada", "harbour", "Ada Admin", "administrator"),
    ("olga", "statistics-office", "Olga Owner", "owner"),
    ("bob", "research-lab", "Bob Buyer", "buyer"),
    ("eve", "rival-lab", "Eve Buyer", "buyer"),
)


def make_portal_market(
    home: Path,
    *,
    public_url: str = "http://127.0.0.1:8420",
    with_people: bool = True,
    **ports: Any,
) -> PortalMarket:
    """A portal with an administrator `ada`, an owner `olga` and the buyers `bob` and `eve`.

    Args:
        with_people: False leaves the portal as it is before its setup link is used.
        ports: stand in for the ports in memory.
    """
    settings = Settings(home=home, public_url=public_url, housekeeping_seconds=3_600)
    stages = Stages(PLAN)
    urls = UrlSigner(f"{settings.portal_url}/objects", Secret(secrets.token_bytes(32)))
    ledger = MemoryLedger()
    platform = Platform(
        **{
            "people": MemoryPeople(),
            "appointments": MemoryAppointments(),
            "catalogue": MemoryCatalogue(ledger),
            "jobs": MemoryJobs(),
            "ledger": ledger,
            "receipts": MemoryReceipts(),
            "objects": LocalStore(home / "objects", urls),
            **ports,
        },
        plans=stages,
        evaluator=stages,
        scheduler=stages,
        forms=stages,
        identity=SigningKey.generate(),
        entropy=secrets.token_bytes,
        waits=Waits(),
    )
    keys = {name: SigningKey.generate() for name in ("olga", "bob", "eve")}
    app = create_app(platform, settings, clock=lambda: market.now)
    market = PortalMarket(platform, settings, app, stages, keys, SigningKey.generate())
    if with_people:
        _add_people(market)
    return market


def _add_people(market: PortalMarket) -> None:
    people = market.platform.people
    for name, organisation, shown, role in PEOPLE:
        title = organisation.replace("-", " ").title()
        people.add_organisation(Organisation(organisation, title))
        key = market.keys[name].public.hex if name in market.keys else ""
        people.add_user(User(name, organisation, shown, (role,), key, is_active=True), PASSWORD)
    word = AgentAppointment(market.agent.public.hex, 1, market.now)
    market.platform.appointments.add("olga", sign_record(market.keys["olga"], word), now=market.now)
