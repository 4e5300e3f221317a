"""A consortium on loopback: a served portal with its relay, and every member's own agent.

    with live_members(tmp_path) as market:
        job = market.sealed_live(MEAN)     # submitted, planned, signed, approved by every agent
        market.compute(job)                # every agent's worker, until all have ended
        market.opened(job)                 # what the recipient opens

`live_members(tmp_path, is_relay_apart=True)` has two portals, between which members take turns, and
one relay that is a process of its own.

Homes, stores, tables, workers and connections are real; only the agents' rounds are made by the
test, one at a time.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from crypto.envelope import envelope_info, open_sealed
from crypto.mpc.specification import Deadlines
from crypto.secret import Secret, unchanging
from crypto.shamir import Opened, interpolate, parse_share
from market import wire
from market.adapters.stores.local import LocalStore
from market.adapters.stores.signed_urls import UrlSigner
from market.agent.agent import Agent
from market.agent.loop import Round, collect, send
from market.agent.sessions.begin import begin
from market.client.http.api import PortalClient
from market.entities.consortium import Consortium
from market.entities.job import Job
from market.owner.consortium.bind_table import Bound, bind
from market.owner.owner import Owner
from market.owner.publish.settle_table import Files, OwnersWord
from market.plan.plan import Plan
from market.portal.app import create_app
from market.records.consortium import Proposal
from market.records.delivery import Envelope, SealedShares
from market.records.request import Request
from market.records.signed import open_signed
from market.services.compute.seal_job import seal_job
from market.settings import Settings
from market.vault.consortia import keep_agreement
from market.vault.home import AgentHome, open_home
from market.vault.settings import AgentSettings
from market.vault.store.opening import AgentStore, create_store, open_store
from world.consortium_builders import MEMBERS, a_consortium, a_proposal, agent_name, seats
from world.declarations import MEAN, TABLE, declaration, parsed
from world.loopback import free_port, serving
from world.members import an_agent_home
from world.members_market import MembersMarket
from world.people import CAROL, DORA, OLGA, a_key
from world.platform_database import made_database, sqlite_url
from world.ports import Ports
from world.served_relay import served_relay

DEADLINES = Deadlines(connect_seconds=60, idle_seconds=12, total_seconds=180)
"""A frozen member is named in seconds; one that compiles on a busy machine is not taken for it."""
UNIT = 'column = "person"\n'


def a_visits_proposal(**changes: Any) -> Proposal:
    """A union of three tables of visits, as `declarations` declares one."""
    declared = parsed(unit=UNIT)
    own: dict[str, Any] = {
        "schemas": (declared.schema,),
        "policy": declared.policy,
        "seats": seats((OLGA.organisation, 0), (CAROL.organisation, 0), (DORA.organisation, 0)),
    }
    return a_proposal(**own | changes)


class LiveMembers(MembersMarket):
    """It keeps the time of day: what runs in it looks at the clock."""

    question = MEAN  # type: ignore[assignment]

    def __init__(
        self,
        root: Path,
        settings: Settings,
        ports: Ports,
        proposal: Proposal | None,
        urls: tuple[str, ...],
    ) -> None:
        signer = UrlSigner(
            f"{settings.portal_url}/objects", unchanging(Secret(secrets.token_bytes(32)))
        )
        self.root = root
        self.urls = urls
        self.url = urls[0]
        self.homes: dict[str, AgentHome] = {}
        self.stores: dict[str, AgentStore] = {}
        self.agents: dict[str, Agent] = {}
        self.clients: dict[tuple[str, str], PortalClient] = {}
        super().__init__(
            proposal or a_visits_proposal(),
            ports=ports,
            objects=LocalStore(settings.home / "objects", signer),
            entropy=secrets.token_bytes,
        )

    @property
    def now(self) -> int:  # type: ignore[override]
        return int(time.time())

    def found(self, consortium: Consortium) -> Consortium:
        """As it was agreed; tables are bound by each member's own command."""
        said = a_consortium(proposal=consortium.proposal.record, bound=False)
        found = super().found(said)
        for place, organisation in enumerate(found.organisations):
            name = agent_name(organisation)
            token = self.token(MEMBERS[organisation], "agent")
            url = self.urls[place % len(self.urls)]
            settings = AgentSettings(url, token, self.platform.identity.public.hex)
            home = an_agent_home(self.root / organisation, name, settings)
            self.homes[organisation] = home
            self.stores[organisation] = create_store(home.database_path)
            self.agents[organisation] = self.agent_at(organisation)
        return found

    def agent_at(self, organisation: str, **changes: Any) -> Agent:
        """A member's agent, as a new process would have it."""
        agent = Agent(
            self.homes[organisation],
            self.stores[organisation],
            self.client(MEMBERS[organisation], "agent", self.homes[organisation].settings().url),
            secrets.token_bytes,
            deadlines=DEADLINES,
        )
        return replace(agent, **changes)

    def restart(self, organisation: str) -> None:
        """A member's agent, started again."""
        self.stores[organisation].close()
        self.homes[organisation] = open_home(self.homes[organisation].path)
        path = self.homes[organisation].database_path
        self.stores[organisation] = open_store(path)
        self.agents[organisation] = self.agent_at(organisation)

    def client(self, user: str, scope: str, url: str = "") -> PortalClient:
        if (user, scope) not in self.clients:
            self.clients[user, scope] = PortalClient(url or self.urls[0], self.token(user, scope))
        return self.clients[user, scope]

    def token(self, user: str, *scopes: str) -> str:
        return self.people.issue_token(
            user, scopes, "test", now=int(time.time()), lifetime_seconds=3_600
        )

    def owner_at(self, organisation: str) -> Owner:
        identity = a_key(MEMBERS[organisation])
        return Owner(identity, self.homes[organisation], self.stores[organisation])

    def files_of(self, organisation: str, table: str = TABLE, **changes: str) -> Files:
        """A member's declaration and table, written at home."""
        directory = self.root / f"{organisation} at home"
        directory.mkdir(exist_ok=True)
        files = Files(directory / "dataset.toml", directory / "table.csv")
        files.declaration.write_text(declaration(**{"unit": UNIT} | changes))
        files.table.write_text(table)
        return files

    def bind_live(self, organisation: str, files: Files | None) -> Bound:
        """What `market consortium bind` does, once the agreement is verified."""
        return bind(
            self.client(MEMBERS[organisation], "owner"),
            self.owner_at(organisation),
            self.consortium,
            files,
            word=OwnersWord(lambda _meaning: True),
            now=self.now,
            entropy=secrets.token_bytes,
        )

    def bind_all(self, tables: Mapping[str, str]) -> None:
        """Every member's table; those not named keep the agreement and have none."""
        for organisation in self.consortium.organisations:
            table = tables.get(organisation)
            self.bind_live(organisation, self.files_of(organisation, table) if table else None)
        self.consortium = self.platform.consortia.newest(self.name)

    def keep_agreements(self) -> None:
        """Every agent keeps the agreement, without a table."""
        for home in self.homes.values():
            keep_agreement(home, self.consortium)

    def request_for(self, job: Job, /, **changes: Any) -> Request:
        return super().request_for(job, **{"nonce": secrets.token_hex(16)} | changes)

    def round(self, organisation: str) -> Round:
        """One look of a member's agent: it decides, and its replies leave at once."""
        agent = self.agents[organisation]
        found = collect(agent, now=self.now)
        send(agent, found)
        return found

    def approved_live(self, question: Plan | None = None, **form: Any) -> Job:
        """A job that every member's agent has looked at."""
        job = self.requested(question or self.question, **form)
        for organisation in self.consortium.organisations:
            self.round(organisation)
        return self.job(job)

    def sealed_live(self, question: Plan | None = None, **form: Any) -> Job:
        job = self.approved_live(question, **form)
        assert job.state == "approved", (job.state, job.end and job.end.message)
        return seal_job(self.platform, job, now=self.now)

    def start_session(self, organisation: str) -> bool:
        """A member's agent looks, and begins what is sealed."""
        agent = self.agents[organisation]
        found = self.round(organisation)
        for prepared in found.sessions:
            begin(agent, prepared, seen_at=0.0, slot_seconds=1, now=time.time)
        return bool(found.sessions)

    def compute(self, job: Job, *, without: tuple[str, ...] = ()) -> Job:
        """Every member's session, to its end, and the replies."""
        taking_part = [one for one in self.consortium.organisations if one not in without]
        for organisation in taking_part:
            self.start_session(organisation)
        for organisation in taking_part:
            self.agents[organisation].sessions.wait()
        for organisation in taking_part:
            self.round(organisation)
        return self.job(job)

    def shares(self, job: Job) -> dict[int, SealedShares]:
        """What the recipient opens of every member, by their points."""
        found = {}
        for party, envelope_text in self.jobs.documents(job.job).by_party("envelope").items():
            envelope = open_signed(Envelope, envelope_text.encode(), signer=party).record
            plain = open_sealed(
                envelope.sealed,
                self.recipient,
                info=envelope_info(party, self.recipient.public_hex),
                aad=wire.encode(envelope.header),
            )
            found[self.agreement.point_of(party)] = wire.decode(SealedShares, plain)
        return found

    def opened(self, job: Job) -> dict[str, Opened]:
        """The sums behind all members' shares, by output."""
        by_point = self.shares(job)
        outputs = [share.output for share in next(iter(by_point.values())).shares]
        return {
            output: interpolate(
                {
                    point: parse_share(sealed.shares[place].residues)
                    for point, sealed in by_point.items()
                },
                members=len(self.agreement.members),
                threshold=self.agreement.proposal.threshold,
            )
            for place, output in enumerate(outputs)
        }


@contextmanager
def live_members(
    root: Path, proposal: Proposal | None = None, *, is_relay_apart: bool = False
) -> Iterator[LiveMembers]:
    """A consortium that is agreed, with nothing bound."""
    ports = [free_port() for _ in range(1 + is_relay_apart)]
    settings = Settings(home=root / "platform", portal_port=ports[0], housekeeping_seconds=3_600)
    database = made_database(sqlite_url(settings.home))
    with ExitStack() as stack:
        if is_relay_apart:
            relay = stack.enter_context(served_relay(settings.home))
            settings = replace(settings, relay_public_url=relay.url)
        urls = tuple(f"http://127.0.0.1:{port}" for port in ports)
        market = LiveMembers(root, settings, database, proposal, urls)
        for port in ports:
            stack.enter_context(serving(create_app(market.platform, settings), port))
        try:
            yield market
        finally:
            for agent in market.agents.values():
                agent.sessions.stop(grace_seconds=10)
            for client in market.clients.values():
                client.close()
            for store in market.stores.values():
                store.close()
            database.database.close()
