"""Members of a consortium at home: an agent's home and store for each, with the keys it joined by.

member = a_member(tmp_path, "clinics", a_consortium())
member.bind()                       # a table of its own is bound, and the portal knows it
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crypto.identity import PublicKey
from market.agent.sessions.prepare import Prepared, prepare_session
from market.entities.consortium import Consortium
from market.entities.job import AskedDataset, Job
from market.judgement.joining import make_join
from market.judgement.question import Work, read_question
from market.owner.owner import Owner
from market.policy.budget.people import TableTerms
from market.records.binding import Binding
from market.records.signed import Signed, sign_record
from market.services.compute.seal_job import seal_job
from market.vault.consortia import keep_agreement, keep_table, mark_bound, read_membership
from market.vault.home import AgentHome, make_home
from market.vault.membership import KeptFile, Membership
from market.vault.settings import AgentSettings
from market.vault.store.lineages import confirm, enter
from market.vault.store.opening import AgentStore, create_store
from world.consortium_builders import MEMBERS, a_binding, agent_name, agreement_of
from world.members_market import MembersMarket
from world.people import a_key
from world.unlocking import entropy_of_a_home


@dataclass(frozen=True, slots=True)
class MemberAtHome:
    """A member of a consortium with their own agent's home and store."""

    organisation: str
    consortium: Consortium
    home: AgentHome
    store: AgentStore

    @property
    def owner(self) -> Owner:
        return Owner(a_key(MEMBERS[self.organisation]), self.home, self.store)

    @property
    def membership(self) -> Membership:
        """What the home keeps, read and verified anew."""
        return read_membership(self.home, self.consortium.consortium, self.consortium.number)

    def bind(self, file: KeptFile | None = None, **changes: object) -> Signed[Binding]:
        """A table of people in no other one: kept, entered, and known to the portal."""
        binding = a_binding(agreement_of(self.consortium), self.organisation, **changes)
        terms = TableTerms(
            self.consortium.consortium,
            binding.version,
            (),
            binding.epoch,
            binding.policy.budget_rho_units,
            binding.policy.total_rho_units,
        )
        (lineage,) = binding.lineages
        enter(self.store, terms, (), None, entropy=lambda _count: bytes.fromhex(lineage))
        signed = sign_record(a_key(MEMBERS[self.organisation]), binding)
        kept = file or KeptFile("/nowhere/table.csv", "00" * 32, "", "11" * 32, binding.version)
        keep_table(self.home, self.membership, signed, kept)
        confirm(self.store, terms.dataset, terms.version)
        mark_bound(self.home, self.membership, binding.version)
        return signed


def a_member(root: Path, organisation: str, consortium: Consortium) -> MemberAtHome:
    """A member whose agent keeps the agreement and, as yet, no table."""
    home = an_agent_home(root / organisation, agent_name(organisation))
    store = create_store(home.database_path)
    keep_agreement(home, consortium)
    return MemberAtHome(organisation, consortium, home, store)


def an_agent_home(path: Path, agent: str, settings: AgentSettings | None = None) -> AgentHome:
    """A home whose agent signs with `a_key(agent)`."""
    platform: PublicKey = a_key("platform").public
    home = make_home(
        path,
        settings or AgentSettings("http://127.0.0.1:1", "token", platform.hex),
        entropy=entropy_of_a_home(),
    )
    home.write_secret(path / "agent.key", a_key(agent).seed(), kind="agent")
    return home


def work_of(market: MembersMarket, job: Job, agent: str, **changes: Any) -> Work:
    """What the portal asks of a member's agent (its key in hex), whatever has come of the job."""
    kept = market.jobs.documents(job.job)
    asked = (AskedDataset(market.name, market.consortium.number),)
    work = Work(
        job=job.job,
        datasets=asked,
        own=asked,
        state="requested",
        plan=kept.need("plan"),
        request=kept.need("request"),
        approval=kept.find("approval", agent),
        joins=tuple(kept.by_party("join").values()),
    )
    return replace(work, **changes)


def sealed_at(market: MembersMarket, member: MemberAtHome, job: Job) -> Work:
    """A requested job is approved by all, this member by their own agent, and sealed; what the
    portal then asks of that agent."""
    party = member.membership.agent
    question = read_question(work_of(market, job, party), member.membership)
    join = make_join(member.home, question, now=market.now, entropy=secrets.token_bytes)
    for other in job.parties:
        own = join.encode().decode() if other == party else None
        market.approve_of(job, other, own)
    seal_job(market.platform, market.job(job), now=market.now)
    return work_of(market, job, party, state="evaluated")


def prepared_at(market: MembersMarket, member: MemberAtHome, work: Work) -> Prepared:
    """What the member's agent makes of it."""
    question = read_question(work, member.membership)
    return prepare_session(member.home, member.store, question, now=market.now)
