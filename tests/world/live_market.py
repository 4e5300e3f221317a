"""A portal on loopback, an owner with their agent, and buyers: real services, real HTTP, real SQL.

The plan of a job is given instead of built in a sandbox, and the platform's shares are summed over
the stored chunks in this process instead of in Spark.
"""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import uvicorn
from sqlalchemy import Connection, delete, update

from crypto import canonical, limbs, parameters
from crypto.accounting import rho_for_epsilon
from crypto.chunk import Chunk as ParsedChunk
from crypto.chunk import parse_chunk
from crypto.envelope import RecipientKey, envelope_info, open_sealed
from crypto.identity import SigningKey
from crypto.parameters import Parameters
from crypto.secret import Secret
from crypto.shares import Residues, combine, decode_residues, encode_residues, sum_residues
from market import wire
from market.adapters.stores.local import LocalStore
from market.adapters.stores.signed_urls import UrlSigner
from market.agent.answer import Agent
from market.agent.loop import collect, send
from market.client.api import PortalClient
from market.database.jobs.documents import keep
from market.database.jobs.sql_jobs import SqlJobs
from market.database.jobs.tables import JOB, JOB_DOCUMENT
from market.entities.documents import NOBODY, Document, Kind
from market.entities.job import Job
from market.entities.job_states import State
from market.entities.people import Organisation, User
from market.entities.stages import Form
from market.owner.describe import Declaration, parse_declaration
from market.owner.make_version import Files, OwnersWord
from market.owner.publish import Published, publish
from market.owner.sign_version import Owner
from market.plan.decimals import fraction_of
from market.plan.expression import Column
from market.plan.lowered import lower
from market.plan.moments import Output
from market.plan.plan import NamedStatistic, Plan
from market.plan.program_input import ProgramInput
from market.plan.schema import Schema
from market.plan.statistics import Count, Mean, Statistic
from market.policy.accounts import people_accounts
from market.policy.submission import Submission
from market.portal.app import create_app
from market.ports.object_store import ObjectStore
from market.records.delivery import Bundle, Envelope, SealedShares, Share
from market.records.manifest import Chunk, Manifest
from market.records.request import Request, RequestedDataset
from market.records.signed import open_signed, sign_record
from market.services.accept_request import accept_request
from market.services.asked_datasets import dataset_of
from market.services.evaluate_job import evaluate_job
from market.services.plan_job import plan_job
from market.services.platform import Platform, Waits
from market.services.submit_job import submit_job
from market.settings import Settings
from market.vault.home import AgentHome, make_home, open_home
from market.vault.settings import AgentSettings
from market.vault.store.opening import AgentStore, create_store, open_store
from world.builders import carried
from world.platform_database import made_database, sqlite_url
from world.waiting import eventually

COUNT = Plan(2, ("visits",), "gaussian", (NamedStatistic("people", 1, Count()),))
MEAN = Plan(2, ("visits",), "gaussian", (NamedStatistic("visits", 1, Mean(Column("visits"))),))
PASSWORD = "copper-lantern-orchid-42"

DECLARATION = """\
dataset = "{dataset}"
title = "Doctor visits"
summary = "A survey."
provenance = "Made up."
licence = "CC0"
terms = "None."
capacity_rows = 4000

[privacy_unit]
{unit}max_rows = 1
meaning = "one respondent"
{population}
[[columns]]
name = "visits"
type = "numeric"
low = 0
high = 10
unit = "visits"
meaning = "Visits in a year"
null = "midpoint"

[[columns]]
name = "insured"
type = "boolean"
meaning = "Has private insurance"
null = "false"

[policy]
budget_epsilon = {budget}
buyer_epsilon = 8
job_epsilon = 4
delta = 0.000001
statistics = ["count", "sum", "mean", "covariance"]
access = "{access}"
approval = "{approval}"
recomputation = {recomputation}
price_cents = 1250
{period}"""
TABLE = "person,visits,insured\n" + "".join(
    f"p{i},{i % 11},{'yes' if i % 3 else 'no'}\n" for i in range(300)
)


def plan_of(*statistics: Statistic) -> Plan:
    return Plan(
        2,
        ("visits",),
        "gaussian",
        tuple(NamedStatistic(f"s{i}", 1, s) for i, s in enumerate(statistics)),
    )


def declaration(dataset: str = "visits", **changes: str) -> str:
    values = {
        "dataset": dataset,
        "unit": "",
        "population": "",
        "budget": "8",
        "period": "",
        "access": "open",
        "approval": "automatic",
        "recomputation": "true",
    }
    return DECLARATION.format(**(values | changes))


@dataclass
class Stages:
    """Plans by commit; shares over the stored chunks; no scheduler."""

    objects: ObjectStore
    plans: dict[str, Plan] = field(default_factory=dict)

    # The arguments are the ports'.
    def build(self, repository: str, commit: str, asked: ProgramInput) -> bytes:
        # A program's plan asks what it is told to.
        plan = replace(self.plans[commit], datasets=asked.datasets)
        return canonical.dumps({"plan": wire.to_json(plan), "trace": []})

    def evaluate(
        self, job: str, manifest: Manifest, outputs: tuple[Output, ...]
    ) -> tuple[Share, ...]:
        chosen = parameters.by_name(manifest.parameters)
        return tuple(
            Share(output.id, encode_residues(self._share(manifest, output, chosen), chosen))
            for output in outputs
        )

    def _share(self, manifest: Manifest, output: Output, chosen: Parameters) -> Residues:
        columns = [manifest.column(name) for name in output.columns]
        partial = []
        for chunks in zip(*(column.chunks for column in columns), strict=True):
            c0 = [self._chunk(chunk, chosen).c0 for chunk in chunks]
            polynomial = (
                limbs.sum_limbs(c0[0], chosen.primes)
                if len(c0) == 1
                else limbs.product_limbs(c0[0], c0[1], chosen.primes)
            )
            partial.append(limbs.constant_coefficient(polynomial, chosen.primes))
        return sum_residues(partial, chosen)

    def _chunk(self, chunk: Chunk, chosen: Parameters) -> ParsedChunk:
        data = self.objects.get(chunk.key, sha256=chunk.sha256, limit_bytes=chunk.size_bytes)
        return parse_chunk(data, chosen, expected_ciphertexts=chunk.ciphertexts)

    def run_of(self, organisation: str, name: str) -> str:
        return f"submit_{organisation}/{name}"

    def trigger(self, run: str, user: str, conf: dict[str, str]) -> None:
        """Steps are called by the test."""

    def answer(self, run: str, wait: str, *, go_on: bool) -> bool:
        return True

    def write(self, forms: tuple[Form, ...]) -> None:
        """No forms are shown."""


@dataclass
class LiveMarket:
    """Everybody. `olga` owns; `bob` and `eve` buy."""

    root: Path
    platform: Platform
    stages: Stages
    url: str
    keys: dict[str, SigningKey]
    home: AgentHome
    store: AgentStore
    recipients: dict[str, RecipientKey] = field(default_factory=dict)
    clients: dict[tuple[str, ...], PortalClient] = field(default_factory=dict)

    def client(self, user: str, *scopes: str) -> PortalClient:
        """The user's connection with these scopes; one for the life of the market."""
        if (user, *scopes) not in self.clients:
            token = self.platform.people.issue_token(
                user, scopes, "test", now=now(), lifetime_seconds=3_600
            )
            self.clients[(user, *scopes)] = PortalClient(self.url, token)
        return self.clients[(user, *scopes)]

    @property
    def owner(self) -> Owner:
        return Owner(self.keys["olga"], self.home, self.store)

    def agent(self) -> Agent:
        return Agent(self.home, self.store, self.client("olga", "agent"), secrets.token_bytes)

    def publish(
        self, dataset: str = "visits", *, table: str = TABLE, agree: bool = True, **changes: str
    ) -> Published:
        """Publish through HTTP, as the owner's client does."""
        directory = self.root / "owner"
        directory.mkdir(exist_ok=True)
        declared, rows = directory / f"{dataset}.toml", directory / f"{dataset}.csv"
        declared.write_text(declaration(dataset, **changes))
        rows.write_text(table)
        return publish(
            self.client("olga", "owner"),
            self.owner,
            Files(declared, rows),
            word=OwnersWord(lambda _meaning: agree),
            now=now(),
            entropy=secrets.token_bytes,
            progress=lambda _what, _done, _total: None,
        )

    def planned(self, plan: Plan, dataset: str = "visits", buyer: str = "bob") -> Job:
        commit = secrets.token_hex(20)
        self.stages.plans[commit] = plan
        user = self.platform.people.user(buyer)
        job = submit_job(
            self.platform,
            user,
            Submission("https://example.org/q.git", commit, dataset, "0.5"),
            now=now(),
        )
        planned = plan_job(self.platform, job, now=now())
        assert planned.state == "planned", planned.end.message
        return planned

    def requested_dataset(self, job: Job) -> RequestedDataset:
        """How a request of this job names its dataset."""
        listing = dataset_of(self.platform, job).listing.record
        return RequestedDataset(
            job.asked.dataset, job.asked.version, listing.manifest_hash, listing.policy.price_cents
        )

    def request(self, job: Job, buyer: str = "bob", **changes: Any) -> str:
        """The buyer's signed request; their recipient key is kept."""
        key = self.recipients.setdefault(job.job, RecipientKey.generate())
        request = Request(
            job=job.job,
            datasets=(self.requested_dataset(job),),
            parties=(self.home.signing_key().public.hex,),
            plan_hash=job.plan_hash or "",
            rho_units=job.rho_units,
            recipient_key=key.public_hex,
            nonce=secrets.token_hex(16),
            created_at=now(),
            expires_at=now() + 86_400,
        )
        signed = sign_record(self.keys[buyer], replace(request, **changes))
        return signed.encode().decode()

    def requested(self, plan: Plan, dataset: str = "visits", buyer: str = "bob") -> Job:
        job = self.planned(plan, dataset, buyer)
        return accept_request(self.platform, job.job, self.request(job, buyer), now=now())

    def step(self) -> None:
        """One round of the agent: it decides, and its replies leave at once."""
        agent = self.agent()
        send(agent, collect(agent, now=now()))

    def evaluated(self, plan: Plan, dataset: str = "visits", buyer: str = "bob") -> Job:
        job = self.requested(plan, dataset, buyer)
        self.step()
        approved = self.job(job)
        assert approved.state == "approved", (approved.state, approved.end.message)
        return evaluate_job(self.platform, approved, now=now())

    def evaluated_together(self, *plans: Plan) -> list[Job]:
        """Jobs that wait for their releases in the same round."""
        jobs = [self.requested(plan) for plan in plans]
        self.step()
        return [evaluate_job(self.platform, self.job(job), now=now()) for job in jobs]

    def released(self, plan: Plan, dataset: str = "visits", buyer: str = "bob") -> Job:
        job = self.evaluated(plan, dataset, buyer)
        self.step()
        released = self.job(job)
        assert released.state == "released", (released.state, released.end.message)
        return released

    def job(self, job: Job) -> Job:
        return self.platform.jobs.get(job.job)

    def jobs_in(self, *states: State) -> list[Job]:
        """Every job of the dataset `visits` in these states, oldest first."""
        return self.platform.jobs.of_datasets(["visits"], states)

    def document(self, job: Job, kind: Kind) -> str:
        return carried(self.platform.jobs, job, kind)

    def agent_shares(self, job: Job) -> SealedShares:
        """What the buyer's recipient key opens."""
        envelope = open_signed(Envelope, self.document(job, "envelope").encode()).record
        key = self.recipients[job.job]
        plain = open_sealed(
            envelope.sealed,
            key,
            info=envelope_info(envelope.header.agent, key.public_hex),
            aad=wire.encode(envelope.header),
        )
        return wire.decode(SealedShares, plain)

    def opened(self, job: Job) -> dict[str, int]:
        """Lattice integers by output: the platform's share plus the key holder's."""
        platform = {
            line["output"]: line["residues"]
            for line in canonical.loads(self.document(job, "shares").encode())
        }
        return {
            share.output: combine(
                decode_residues(platform[share.output], parameters.AGG),
                decode_residues(share.residues, parameters.AGG),
                parameters.AGG,
            )
            for share in self.agent_shares(job).shares
        }

    def value(self, job: Job, output: str) -> float:
        """The noised moment, in units of encoded value."""
        degree = 1 if "&" not in output else 2
        return self.opened(job)[output] / parameters.AGG.unit(degree)

    def lift_platform_caps(self, dataset: str) -> None:
        """The platform's ledger looks away; the agent's is the one that counts."""
        manifest = self.platform.catalogue.dataset(dataset).manifest.record
        for account in people_accounts(manifest):
            self.platform.ledger.open_account(account, 10**15)

    def reopen(self) -> None:
        """The agent's process, started again."""
        self.store.close()
        self.home = open_home(self.home.path)
        self.store = open_store(self.home.database_path)


def now() -> int:
    return int(time.time())


@contextmanager
def live_market(root: Path) -> Iterator[LiveMarket]:
    """A market with nothing published."""
    port = free_port()
    settings = Settings(home=root / "platform", portal_port=port, housekeeping_seconds=3_600)
    database = made_database(sqlite_url(settings.home))
    urls = UrlSigner(f"{settings.portal_url}/objects", Secret(secrets.token_bytes(32)))
    objects = LocalStore(root / "platform" / "objects", urls)
    stages = Stages(objects)
    platform = Platform(
        people=database.people,
        appointments=database.appointments,
        catalogue=database.catalogue,
        jobs=database.jobs,
        ledger=database.ledger,
        receipts=database.receipts,
        objects=objects,
        plans=stages,
        evaluator=stages,
        scheduler=stages,
        forms=stages,
        identity=SigningKey.generate(),
        entropy=secrets.token_bytes,
        waits=Waits(),
    )
    keys = {name: SigningKey.generate() for name in ("olga", "bob", "eve")}
    roles = {"olga": "owner", "bob": "buyer", "eve": "buyer"}
    for name, key in keys.items():
        platform.people.add_organisation(Organisation(f"{name}-company", name))
        user = User(name, f"{name}-company", name, (roles[name],), key.public.hex, is_active=True)  # type: ignore[arg-type]
        platform.people.add_user(user, PASSWORD)
    with serving(create_app(platform, settings), port):
        token = platform.people.issue_token(
            "olga", ("agent",), "agent", now=now(), lifetime_seconds=3_600
        )
        home = make_home(
            root / "agent",
            AgentSettings(settings.portal_url, token, platform.identity.public.hex),
            entropy=secrets.token_bytes,
        )
        store = create_store(home.database_path)
        market = LiveMarket(root, platform, stages, settings.portal_url, keys, home, store)
        try:
            yield market
        finally:
            for client in market.clients.values():
                client.close()
            market.store.close()
            database.database.close()


@contextmanager
def serving(app: Any, port: int) -> Iterator[None]:
    """The application on loopback, in a thread of this process."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def bundle_of(market: LiveMarket, job: Job) -> Bundle:
    """What the buyer downloads."""
    return wire.decode(Bundle, market.client("bob", "client").get_bytes(f"jobs/{job.job}/bundle"))


def schema() -> Schema:
    return parsed().schema


def parsed(**changes: str) -> Declaration:
    return parse_declaration(declaration(**changes))


def half_epsilon() -> int:
    return rho_for_epsilon(fraction_of("0.5"), fraction_of("0.000001"))


def forge(market: LiveMarket, job: Job, **changes: Any) -> None:
    """What a platform can do that obeys no rule: write what it likes into a job, its fields by
    their names and its documents by their kinds, None to lose one."""
    jobs = market.platform.jobs
    assert isinstance(jobs, SqlJobs)
    documents = {kind: changes.pop(kind) for kind in get_args(Kind) if kind in changes}
    if documents.get("request") is not None:
        signed = canonical.loads(documents["request"].encode())
        record = canonical.dumps(signed["record"])
        changes["request_hash"] = canonical.digest_bytes(signed["tag"], record)

    def step(connection: Connection) -> None:
        if changes:
            connection.execute(update(JOB).where(JOB.c.job == job.job).values(**changes))
        for kind, text in documents.items():
            table = JOB_DOCUMENT.c
            connection.execute(delete(JOB_DOCUMENT).where(table.job == job.job, table.kind == kind))
            if text is not None:
                of_party = kind in ("approval", "refusal", "envelope", "receipt")
                party = job.parties[0] if of_party else NOBODY
                keep(connection, job.job, [Document(kind, text, party)])

    jobs.database.run(step)


def forged_evaluation(market: LiveMarket, job: Job, approval: str | None) -> None:
    """The job as if it had been approved and evaluated, whatever the owner said."""
    dataset = dataset_of(market.platform, job)
    plan = wire.decode(Plan, market.document(job, "plan").encode())
    outputs = lower(plan, dataset.listing.record.schema).outputs
    shares = market.stages.evaluate(job.job, dataset.manifest.record, outputs)
    text = canonical.dumps(wire.to_json(shares)).decode()
    forge(market, job, state="evaluated", approval=approval, shares=text)
