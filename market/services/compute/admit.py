"""Whether a job's buyer may ask what it asks now, and on whose terms; of either engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from crypto.identity import PublicKey
from market.entities.consortium import Consortium
from market.entities.dataset import Dataset
from market.entities.documents import Document
from market.entities.job import AskedDataset, Job
from market.plan.human import describe
from market.plan.lowered import Lowered
from market.policy.budget.admission import admission
from market.policy.consortia.membership import recipient_rule
from market.policy.consortia.readiness import ready_agreement
from market.policy.consortia.session_fit import unfit
from market.policy.consortia.session_words import describe_session
from market.policy.decision import Denied
from market.policy.listing.retention import require_stored
from market.policy.listing.serving import policy_in_force
from market.policy.listing.union import OwnedTable
from market.policy.listing.union_words import describe_union
from market.pricing.quote import Quote
from market.records.agreement import Agreement
from market.records.receipt import receipted
from market.services.access.read_entitlement import read_entitlement
from market.services.asked_editions import asked_version, outdated_edition
from market.services.jobs.reserve_budget import Admitted
from market.services.platform import Platform
from market.services.publish.change_standing import serving_of
from market.services.sources import (
    Part,
    Source,
    consortium_of,
    member_parts,
    member_source,
    owned_table,
    source_of_tables,
)


class Ask(Protocol):
    """A question that its buyer is entitled to, before it has a price."""

    @property
    def source(self) -> Source:
        """What is asked, under the policies in force."""

    @property
    def admitted(self) -> tuple[Admitted, ...]:
        """Whose people pay, up to what in all."""

    @property
    def documents(self) -> tuple[Document, ...]:
        """What the job keeps of it besides the plan."""

    def require_allowed(self, priced: Quote) -> None:
        """That every party's own terms allow a plan at its price (raises Refused)."""

    def words(self, lowered: Lowered) -> str:
        """What it comes to, for people."""


def ask(platform: Platform, job: Job, *, now: int) -> Ask:
    """What a job asks, where its buyer may.

    Raises:
        Refused: a rule of a dataset's standing, or of a consortium's, or an entitlement says no.
        NotFound: a dataset or consortium is there no more.
    """
    if job.engine == "members":
        return _of_members(platform, job)
    served = [_served(platform, job, asked, now=now) for asked in job.datasets]
    datasets, tables, admitted = zip(*served, strict=True)
    return EncryptedAsk(source_of_tables(datasets, tables), admitted)


@dataclass(frozen=True, slots=True)
class EncryptedAsk:
    """Published versions that are served, to a buyer with a grant where one is needed
    (market.services.compute.admit.Ask)."""

    source: Source
    admitted: tuple[Admitted, ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        return ()

    def require_allowed(self, _priced: Quote) -> None:
        """Nothing more: it is priced under what all owners allow."""

    def words(self, lowered: Lowered) -> str:
        source, opened = self.source, describe(lowered)
        if source.values is None:
            return opened
        return f"{describe_union(source.values, source.lattice)}\n{opened}"


@dataclass(frozen=True, slots=True)
class MemberAsk:
    """A consortium in force, asked for a recipient of it (market.services.compute.admit.Ask)."""

    consortium: Consortium
    agreement: Agreement
    parts: tuple[Part, ...]
    recipient: str
    is_verified: bool

    @property
    def source(self) -> Source:
        return member_source(self.agreement)

    @property
    def admitted(self) -> tuple[Admitted, ...]:
        return tuple(
            Admitted(part.party, table, part.policy.buyer_rho_units)
            for part in self.parts
            for table in part.tables
        )

    @property
    def documents(self) -> tuple[Document, ...]:
        return tuple(
            Document("binding", signed.encode().decode(), signed.record.agent)
            for signed in self.consortium.bindings
        )

    def require_allowed(self, priced: Quote) -> None:
        proposal = self.agreement.proposal
        denied = unfit(proposal, priced.lowered, is_verified=self.is_verified)
        for part in self.parts:
            denied = denied or admission(
                part.policy, priced.lowered, priced.rho_units, priced.lattice
            )
        if denied:
            raise denied.error()

    def words(self, lowered: Lowered) -> str:
        session = describe_session(
            self.agreement, lowered, is_verified=self.is_verified, recipient=self.recipient
        )
        return f"{session}\n{describe(lowered)}"


def _served(
    platform: Platform, job: Job, asked: AskedDataset, *, now: int
) -> tuple[Dataset, OwnedTable, Admitted]:
    """The version asked, its terms in force, and the buyer's part of it (raises Refused)."""
    if denied := serving_of(platform, asked.dataset).refusal(asked.dataset, asked.version):
        raise denied.error()
    if denied := outdated_edition(platform, asked):
        raise denied.error()
    dataset = asked_version(platform, asked)
    require_stored(dataset)
    newest, table = platform.catalogue.dataset(asked.dataset).listing.record, owned_table(dataset)
    policy = policy_in_force(table.policy, newest.policy)
    decision = read_entitlement(platform, dataset, policy, job.buyer_key, now=now)
    if isinstance(decision, Denied):
        raise decision.error()
    manifest = dataset.manifest.record
    in_force = replace(table, policy=policy, together=newest.together)
    own = receipted(manifest, dataset.listing.record.manifest_hash)
    return dataset, in_force, Admitted(manifest.agent, own, decision.rho_units)


def _of_members(platform: Platform, job: Job) -> MemberAsk:
    consortium = consortium_of(platform, job)
    agreement = ready_agreement(consortium)
    recipient = PublicKey.parse(job.buyer_key).fingerprint()
    bindings = {signed.record.agent: signed.record for signed in consortium.bindings}
    parts = member_parts(agreement, bindings)
    for part in parts:
        decision = recipient_rule(agreement, part.policy, recipient)
        if isinstance(decision, Denied):
            raise decision.error()
    return MemberAsk(consortium, agreement, parts, recipient, job.is_verified)
