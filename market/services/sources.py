"""What a job asks, and what each of its parties answers for: the same to both engines.

A `Source` is published versions of one dataset or of several owners', or a consortium under its
agreement. A dataset's party is the agent its manifest names; a consortium's are all its members'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto.identity import PublicKey
from crypto.parameters import by_name
from market.entities.consortium import Consortium
from market.entities.dataset import Dataset
from market.entities.job import NO_VERSION, Job
from market.entities.people import User
from market.plan.program_input import ProgramInput
from market.plan.schema import Schema
from market.policy.consortia.membership import member_policy
from market.policy.consortia.readiness import ready_agreement
from market.policy.listing.union import OwnedTable, asked_together
from market.pricing.lattice import AnyLattice, ciphertext_lattice, member_lattice
from market.records.agreement import Agreement, Member
from market.records.binding import Binding
from market.records.listing import Policy
from market.records.member_part import member_hashes, receipted_member
from market.records.receipt import ReceiptedDataset, receipted
from market.records.request import RequestedDataset
from market.records.signed import open_signed, record_hash
from market.records.union import Values
from market.services.asked_editions import asked_version
from market.services.members_agents import require_members_appointed
from market.services.platform import Platform, Registers


@dataclass(frozen=True, slots=True)
class Part:
    """What one party answers for in a job.

    Attributes:
        party: its agent's key (hex).
        organisation: whose agent it is.
        owner: user id of the owner; empty for a member, who is known by their key.
        owner_key: the key (hex) whose hand counts beside the agent's; empty where several keys
            signed the data.
        tables: how its data stands in its receipt, and whose budget that is; in the job's order.
        manifest_hashes: what its approval names.
        policy: its own terms, of the first dataset where there are several.
        datasets: the versions whose manifests name it; none of a member's.
    """

    party: str
    organisation: str
    owner: str
    owner_key: str
    tables: tuple[ReceiptedDataset, ...]
    manifest_hashes: tuple[str, ...]
    policy: Policy
    datasets: tuple[Dataset, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of what it answers for."""
        return tuple(table.dataset for table in self.tables)

    @property
    def delta(self) -> str:
        """What its losses are told for as an epsilon."""
        return self.policy.delta

    def is_of(self, user: User) -> bool:
        """Whether the user's own agent answers for it."""
        if self.owner:
            return self.owner == user.user
        return bool(self.owner_key) and self.owner_key == user.identity_key


@dataclass(frozen=True, slots=True)
class Source:
    """What a job asks, as a request names it and a plan is priced on it.

    Attributes:
        named: every dataset with its manifest's hash and its owner's price; of a consortium it
            alone, with its agreement's hash.
        schema, policy, lattice: of all of it together.
        values: which values of several owners open; None where there is one.
    """

    named: tuple[RequestedDataset, ...]
    schema: Schema
    policy: Policy
    lattice: AnyLattice
    values: Values | None = None

    @property
    def program_input(self) -> ProgramInput:
        """What a program is told that asks this."""
        return ProgramInput(tuple(one.dataset for one in self.named), self.schema)

    @property
    def manifest_hashes(self) -> tuple[str, ...]:
        """Of every dataset, in their order."""
        return tuple(one.manifest_hash for one in self.named)


def encrypted_source(datasets: Sequence[Dataset]) -> Source:
    """Published versions, in the order of their ids, as they were listed.

    Raises:
        Refused: their owners do not let them be asked so (market.policy.listing.union).
    """
    return source_of_tables(datasets, [owned_table(dataset) for dataset in datasets])


def owned_table(dataset: Dataset) -> OwnedTable:
    """A published version as it was listed."""
    listing, manifest = dataset.listing.record, dataset.manifest.record
    return OwnedTable(
        dataset=listing.dataset,
        owner=PublicKey.parse(dataset.owner_key).fingerprint(),
        agent=manifest.agent,
        schema=listing.schema,
        policy=listing.policy,
        together=listing.together,
        lattice=ciphertext_lattice(listing.schema.capacity_rows, by_name(manifest.parameters)),
    )


def source_of_tables(datasets: Sequence[Dataset], tables: Sequence[OwnedTable]) -> Source:
    """These versions under the terms of `tables`, one of each (raises as `encrypted_source`)."""
    asked = asked_together(tables)
    named = tuple(
        RequestedDataset(
            table.dataset,
            dataset.listing.record.version,
            dataset.listing.record.manifest_hash,
            table.policy.price_cents,
            dataset.listing.record.edition,
        )
        for dataset, table in zip(datasets, tables, strict=True)
    )
    return Source(named, asked.schema, asked.policy, asked.lattice, asked.values)


def member_source(agreement: Agreement) -> Source:
    """A consortium under an agreement, with the terms all its members have consented to."""
    proposal = agreement.proposal
    policy = member_policy(proposal.policy, None)
    named = RequestedDataset(
        proposal.consortium, proposal.number, record_hash(agreement), policy.price_cents
    )
    return Source((named,), proposal.schema, policy, member_lattice(proposal))


def source_of(platform: Platform, job: Job) -> Source:
    """All that a job asks (raises as `encrypted_source`)."""
    if job.engine == "members":
        return member_source(agreement_of(platform, job))
    return encrypted_source(datasets_of(platform, job))


def parts_of(platform: Registers, job: Job) -> tuple[Part, ...]:
    """What each party of a job answers for, in the job's order of parties."""
    if job.engine == "members":
        return member_parts(agreement_of(platform, job), bindings_of(platform, job))
    return parts_among(datasets_of(platform, job), job.parties)


def parts_among(datasets: tuple[Dataset, ...], parties: tuple[str, ...]) -> tuple[Part, ...]:
    """What each of the parties answers for among these versions."""
    own = {
        party: tuple(one for one in datasets if one.manifest.record.agent == party)
        for party in parties
    }
    return tuple(_part(party, named) for party, named in own.items() if named)


def _part(party: str, datasets: tuple[Dataset, ...]) -> Part:
    # An owner has one agent; where another owner's manifest names it too, it is nobody's.
    first = datasets[0]
    is_one_owners = len({dataset.owner for dataset in datasets}) == 1
    is_one_keys = len({dataset.owner_key for dataset in datasets}) == 1
    hashes = tuple(dataset.listing.record.manifest_hash for dataset in datasets)
    return Part(
        party=party,
        organisation=first.organisation,
        owner=first.owner if is_one_owners else "",
        owner_key=first.owner_key if is_one_owners and is_one_keys else "",
        tables=tuple(
            receipted(dataset.manifest.record, digest)
            for dataset, digest in zip(datasets, hashes, strict=True)
        ),
        manifest_hashes=hashes,
        policy=first.listing.record.policy,
        datasets=datasets,
    )


def member_parts(agreement: Agreement, bindings: Mapping[str, Binding]) -> tuple[Part, ...]:
    """What each member of a consortium answers for; `bindings` by their agents' keys."""
    return tuple(
        _member_part(agreement, member, bindings.get(member.agent)) for member in agreement.members
    )


def _member_part(agreement: Agreement, member: Member, binding: Binding | None) -> Part:
    return Part(
        party=member.agent,
        organisation=member.organisation,
        owner="",
        owner_key=member.owner_key,
        tables=(receipted_member(agreement, binding),),
        manifest_hashes=member_hashes(record_hash(agreement), binding),
        policy=member_policy(
            agreement.proposal.policy, binding.policy if binding is not None else None
        ),
    )


def datasets_of(platform: Registers, job: Job) -> tuple[Dataset, ...]:
    """The published versions a job asks, in its order, as they were listed when it was submitted;
    those that exist, and none of a consortium's."""
    if job.engine == "members":
        return ()
    return tuple(
        asked_version(platform, asked) for asked in job.datasets if asked.version != NO_VERSION
    )


def consortium_of(platform: Registers, job: Job) -> Consortium:
    """The consortium a job asks, under the agreement it was submitted for (raises NotFound)."""
    (asked,) = job.datasets
    return platform.consortia.get(asked.dataset, asked.version)


def agreement_of(platform: Registers, job: Job) -> Agreement:
    """The agreement a job was submitted for."""
    agreement = consortium_of(platform, job).agreement
    if agreement is None:
        raise ValueError(f"job {job.job} asks a consortium without an agreement")
    return agreement


def require_in_force(platform: Platform, job: Job) -> Agreement:
    """The agreement a job was submitted for, while it holds.

    Raises:
        Refused: `consortium-not-ready`: a member has left since; `agent-not-appointed`.
    """
    agreement = ready_agreement(consortium_of(platform, job))
    require_members_appointed(platform, agreement)
    return agreement


def bindings_of(platform: Registers, job: Job) -> dict[str, Binding]:
    """The members' bindings by agent: those the job was planned with, the newest before that.

    A job keeps its own, so that a member who binds another table meanwhile changes nothing in it.
    """
    kept = platform.jobs.documents(job.job).by_party("binding")
    if kept:
        opened = (open_signed(Binding, text.encode()).record for text in kept.values())
        return {binding.agent: binding for binding in opened}
    newest = (signed.record for signed in consortium_of(platform, job).bindings)
    return {binding.agent: binding for binding in newest}
