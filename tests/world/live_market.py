"""A market whose portal listens on loopback, with the owner's running agent: real HTTP, real SQL.

    with live_market(tmp_path) as market:
        market.publish()              # the owner's client reads, encrypts, uploads and signs
        job = market.released(COUNT)  # the agent decides, noises, seals and signs
        market.value(job, "people")

The plan of a job is given instead of built in a sandbox.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar, get_args

from sqlalchemy import Connection, delete, update

from crypto import canonical
from crypto.envelope import RecipientKey, envelope_info, open_sealed
from crypto.parameters import Parameters, by_name
from crypto.secret import Secret, unchanging
from crypto.shares import combine, decode_residues
from market import wire
from market.adapters.stores.local import LocalStore
from market.adapters.stores.signed_urls import UrlSigner
from market.agent.agent import Agent
from market.agent.loop import collect, send
from market.client.http.api import PortalClient
from market.database.jobs.documents import keep
from market.database.jobs.sql_jobs import SqlJobs
from market.database.jobs.tables import JOB, JOB_DOCUMENT
from market.entities.documents import NOBODY, Document, Kind
from market.entities.job import Job
from market.entities.job_states import State
from market.judgement.question import Work
from market.owner.owner import Owner
from market.owner.publish.publish import Published, publish
from market.owner.publish.settle_table import Files, OwnersWord
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.policy.budget.accounts import people_accounts
from market.portal.app import create_app
from market.ports.object_store import ObjectStore
from market.records.delivery import Bundle, Envelope, SealedShares
from market.records.request import Request
from market.records.signed import open_signed
from market.services.compute.evaluate_job import evaluate_job
from market.services.platform import Platform
from market.services.sources import datasets_of
from market.settings import Settings
from market.vault.home import make_home, open_home
from market.vault.settings import AgentSettings
from market.vault.store.opening import create_store, open_store
from world.declarations import COUNT, TABLE, declaration
from world.loopback import free_port, serving
from world.market import Market
from world.people import CAST, a_key, settle
from world.platform_database import made_database, sqlite_url
from world.ports import Ports
from world.unlocking import entropy_of_a_home


class LiveMarket(Market):
    """It keeps the time of day: what runs in it looks at the clock."""

    dataset = "visits"
    question = COUNT

    def __init__(self, root: Path, settings: Settings, ports: Ports) -> None:
        objects = self.open_store(settings)
        super().__init__(ports, objects=objects, entropy=secrets.token_bytes, with_people=False)
        settle(self.people, *CAST)
        self.root = root
        self.url = settings.portal_url
        self.recipients: dict[str, RecipientKey] = {}
        self.clients: dict[tuple[str, ...], PortalClient] = {}
        token = self.token("olga", "agent")
        self.home = make_home(
            root / "agent",
            AgentSettings(self.url, token, self.platform.identity.public.hex),
            entropy=entropy_of_a_home(),
        )
        self.store = create_store(self.home.database_path)

    def open_store(self, settings: Settings) -> ObjectStore:
        """Where chunks lie."""
        secret = unchanging(Secret(secrets.token_bytes(32)))
        urls = UrlSigner(f"{settings.portal_url}/objects", secret)
        return LocalStore(settings.home / "objects", urls)

    @property
    def now(self) -> int:
        return now()

    def client(self, user: str, *scopes: str) -> PortalClient:
        """The user's connection with these scopes; one for the life of the market."""
        if (user, *scopes) not in self.clients:
            self.clients[(user, *scopes)] = PortalClient(self.url, self.token(user, *scopes))
        return self.clients[(user, *scopes)]

    def token(self, user: str, *scopes: str) -> str:
        return self.people.issue_token(user, scopes, "test", now=now(), lifetime_seconds=3_600)

    @property
    def owner(self) -> Owner:
        return self.owner_of("olga")

    def owner_of(self, user: str) -> Owner:
        return Owner(a_key(user), self.home, self.store)

    def agent(self) -> Agent:
        return Agent(self.home, self.store, self.client("olga", "agent"), secrets.token_bytes)

    def publish(
        self,
        dataset: str = "visits",
        *,
        table: str = TABLE,
        agree: bool = True,
        text: str = "",
        by: str = "olga",
        appends: bool = False,
        **changes: str,
    ) -> Published:
        """Publish through HTTP, as the client of an owner, `by`, does; `changes` are of the
        declaration, of which `text` is another."""
        directory = self.root / "owner"
        directory.mkdir(exist_ok=True)
        declared, rows = directory / f"{dataset}.toml", directory / f"{dataset}.csv"
        declared.write_text(text or declaration(dataset, **changes))
        rows.write_text(table)
        return publish(
            self.client(by, "owner"),
            self.owner_of(by),
            Files(declared, rows),
            word=OwnersWord(lambda _meaning: agree),
            now=now(),
            entropy=secrets.token_bytes,
            progress=lambda _what, _done, _total: None,
            appends=appends,
        )

    def planned(self, question: Plan = COUNT, dataset: str = "", **form: Any) -> Job:
        job = super().planned(question, dataset, **form)
        assert job.state == "planned", job.end.message
        return job

    def request_for(self, job: Job, /, **changes: Any) -> Request:
        """The buyer's request; their recipient key is kept."""
        key = self.recipients.setdefault(job.job, RecipientKey.generate())
        own = {"recipient_key": key.public_hex, "nonce": secrets.token_hex(16)}
        return super().request_for(job, **own | changes)

    def work(self, job: Job, **changes: Any) -> Work:
        """What the portal asks of the agent, once the job is requested; `changes` are of the
        request."""
        plan, request = self.document(job, "plan"), self.request(job, **changes)
        return Work(job.job, job.datasets, job.datasets, "requested", plan, request, None)

    def step(self) -> None:
        """One round of the agent: it decides, and its replies leave at once."""
        agent = self.agent()
        send(agent, collect(agent, now=now()))

    def approve(self, job: Job) -> Job:
        self.step()
        approved = self.job(job)
        assert approved.state == "approved", (approved.state, approved.end.message)
        return approved

    def jobs_in(self, *states: State) -> list[Job]:
        """Every job of the dataset `visits` in these states, oldest first."""
        return self.jobs.of_datasets(["visits"], states)

    def evaluated_together(self, *plans: Plan) -> list[Job]:
        """Jobs that wait for their releases in the same round."""
        jobs = [self.requested(plan) for plan in plans]
        self.step()
        return [evaluate_job(self.platform, self.job(job), now=now()) for job in jobs]

    def released(self, question: Plan = COUNT, dataset: str = "", **form: Any) -> Job:
        job = self.evaluated(question, dataset, **form)
        self.step()
        released = self.job(job)
        assert released.state == "released", (released.state, released.end.message)
        return released

    def agent_shares(self, job: Job) -> SealedShares:
        """What the buyer's recipient key opens."""
        text = self.document(job, "envelope")
        return self.unsealed(job, open_signed(Envelope, text.encode()).record)

    def unsealed(self, job: Job, envelope: Envelope) -> SealedShares:
        """What an envelope of a job holds for its buyer."""
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
        chosen = self.parameters(job)
        return {
            share.output: combine(
                decode_residues(platform[share.output], chosen),
                decode_residues(share.residues, chosen),
                chosen,
            )
            for share in self.agent_shares(job).shares
        }

    def value(self, job: Job, output: str) -> float:
        """The noised moment, in units of encoded value."""
        degree = 1 if "&" not in output else 2
        return self.opened(job)[output] / self.parameters(job).unit(degree)

    def parameters(self, job: Job) -> Parameters:
        """What the job's dataset is encrypted under."""
        return by_name(self.catalogue.dataset(job.datasets[0].dataset).manifest.record.parameters)

    def lift_platform_caps(self, dataset: str) -> None:
        """The platform's ledger looks away; the agent's is the one that counts."""
        manifest = self.catalogue.dataset(dataset).manifest.record
        for account in people_accounts(manifest):
            self.ledger.open_account(account, 10**15)

    def reopen(self) -> None:
        """The agent's process, started again."""
        self.store.close()
        self.home = open_home(self.home.path)
        self.store = open_store(self.home.database_path)


def now() -> int:
    return int(time.time())


M = TypeVar("M", bound=LiveMarket)


def live_market(root: Path) -> AbstractContextManager[LiveMarket]:
    """A market with nothing published."""
    return serving_market(LiveMarket, root)


@contextmanager
def serving_market(kind: type[M], root: Path) -> Iterator[M]:
    """A market of this kind, whose portal answers."""
    port = free_port()
    settings = Settings(home=root / "platform", portal_port=port, housekeeping_seconds=3_600)
    database = made_database(sqlite_url(settings.home))
    market = kind(root, settings, database)
    with serving(create_app(market.platform, settings), port):
        try:
            yield market
        finally:
            for client in market.clients.values():
                client.close()
            market.store.close()
            database.database.close()


def bundle_of(market: LiveMarket, job: Job) -> Bundle:
    """What the buyer downloads."""
    return wire.decode(Bundle, market.client("bob", "client").get_bytes(f"jobs/{job.job}/bundle"))


def forge(market: LiveMarket, job: Job, **changes: Any) -> None:
    """As `forge_in`, in a live market's platform."""
    forge_in(market.platform, job, **changes)


def forge_in(platform: Platform, job: Job, **changes: Any) -> None:
    """What a platform can do that obeys no rule: write what it likes into a job, its fields by
    their names and its documents by their kinds, None to lose one."""
    jobs = platform.jobs
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
                of_party = kind in ("approval", "refusal", "envelope", "receipt", "shares")
                party = job.parties[0] if of_party else NOBODY
                keep(connection, job.job, [Document(kind, text, party)])

    jobs.database.run(step)


def forged_evaluation(market: LiveMarket, job: Job, approval: str | None) -> None:
    """The job as if it had been approved and evaluated, whatever the owner said."""
    (dataset,) = datasets_of(market.platform, job)
    plan = wire.decode(Plan, market.document(job, "plan").encode())
    outputs = lower(plan, dataset.listing.record.schema).outputs
    (shares,) = market.evaluator.evaluate(job.job, (dataset.manifest.record,), outputs)
    text = canonical.dumps(wire.to_json(shares)).decode()
    forge(market, job, state="evaluated", approval=approval, shares=text)
