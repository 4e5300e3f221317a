"""What a member has agreed to and bound, as the rules ask for it (market.vault.consortia)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from market.entities.job import AskedDataset
from market.plan.lowered import Lowered
from market.plan.schema import Schema
from market.policy.consortia.membership import member_policy, recipient_rule
from market.policy.consortia.session_fit import unfit
from market.policy.decision import Decision, Denied
from market.pricing.lattice import MemberLattice, member_lattice
from market.records.agreement import Agreement, Member
from market.records.binding import Binding
from market.records.listing import Policy
from market.records.member_part import member_hashes, receipted_member
from market.records.receipt import ReceiptedDataset
from market.records.request import Request


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A bound table's file. Nothing of it leaves the member.

    Attributes:
        path: where it is; `sha256`, in hex, what it was when it was bound.
        declaration: the text of dataset.toml.
        source: by what the two files of the binding are known again (market.owner.outgoing).
        entered_as: the table's number in this agent's store (market.vault.store.lineages), which
            counts over all agreements of the consortium.
    """

    path: str
    sha256: str
    declaration: str
    source: str
    entered_as: int

    def at(self) -> Path:
        """Where the table was bound from."""
        return Path(self.path)


@dataclass(frozen=True, slots=True)
class BoundTable:
    """A table the portal knows to be bound, and the file it is."""

    binding: Binding
    file: KeptFile


@dataclass(frozen=True, slots=True)
class Membership:
    """An agreement, verified, as one of its members' agents keeps it.

    Attributes:
        table: the newest binding; None before there is one, and for a member without data.
        newest_number: of the agreements of this consortium that are kept here.
        has_ended: a member has left.
    """

    agreement: Agreement
    agreement_hash: str
    member: Member
    table: BoundTable | None
    newest_number: int
    has_ended: bool

    @property
    def binding(self) -> Binding | None:
        """Of the member's table, where it has one."""
        return self.table.binding if self.table else None

    @property
    def asked(self) -> AskedDataset:
        """How a job names it: a dataset whose versions are agreements."""
        return AskedDataset(self.agreement.proposal.consortium, self.agreement.proposal.number)

    @property
    def agent(self) -> str:
        """The key (hex) of the member's agent: this one."""
        return self.member.agent

    @property
    def owner_key(self) -> str:
        """The member's own key in hex."""
        return self.member.owner_key

    @property
    def schema(self) -> Schema:
        """The joint table's."""
        return self.agreement.proposal.schema

    @property
    def own_schema(self) -> Schema:
        """That of the member's own table (a member without data has none: ValueError)."""
        if self.member.table is None:
            raise ValueError(f"{self.member.organisation} holds no table")
        return self.agreement.proposal.schemas[self.member.table]

    @property
    def is_by_hand(self) -> bool:
        """Whether the owner's hand alone approves."""
        return self.policy.approval == "manual"

    @property
    def policy(self) -> Policy:
        """What this member's agent enforces."""
        own = self.binding.policy if self.binding else None
        return member_policy(self.agreement.proposal.policy, own)

    @property
    def named_hashes(self) -> tuple[str, ...]:
        """What an approval names: the agreement and, where there is one, the table's binding."""
        return member_hashes(self.agreement_hash, self.binding)

    @property
    def charged(self) -> tuple[Binding, ...]:
        """Whose budget a question is charged to; nobody's of a member without data."""
        return (self.binding,) if self.binding else ()

    @property
    def key_accounts(self) -> tuple[str, ...]:
        """Shares tell nothing about a key: there is none."""
        return ()

    def lattice(self, _tables: int = 1) -> MemberLattice:
        """What sums are opened on: those of one table, the joint one."""
        return member_lattice(self.agreement.proposal)

    @property
    def receipted(self) -> ReceiptedDataset:
        """How it stands in a receipt."""
        return receipted_member(self.agreement, self.binding)

    def require_published(self) -> None:
        """An agreement is kept once it holds."""

    def outdated(self) -> Denied | None:
        """Never: the terms are the agreement's, and another one has another number."""
        return None

    def compared(self, request: Request) -> Mapping[str, tuple[object, object]]:
        """What a request says of it, and what is held."""
        asked, terms = request.datasets[0], request.session
        return {
            "agreement": (asked.manifest_hash, self.agreement_hash),
            "agents": (request.parties, self.agreement.parties),
            "price": (asked.price_cents, self.policy.price_cents),
            "session": (terms.agreement_hash if terms else None, self.agreement_hash),
        }

    def entitled(self, buyer: str, *, now: int) -> Decision:  # noqa: ARG002 - it has no end
        """Whether the result may be sealed to whoever signed."""
        return recipient_rule(self.agreement, self.policy, buyer)

    def unfit(self, lowered: Lowered, request: Request) -> Denied | None:
        """Why members cannot compute it in such a session, or None."""
        is_verified = request.session is not None and request.session.is_verified
        return unfit(self.agreement.proposal, lowered, is_verified=is_verified)

    def entitlement_ends(self, _buyer: str) -> tuple[int, ...]:
        """Never by time alone."""
        return ()

    def refusal(self) -> Denied | None:
        """Why nothing is computed under this agreement now, or None."""
        consortium, number = self.asked.dataset, self.asked.version
        if self.has_ended:
            return Denied(
                "agreement-ended",
                f"A member has left agreement {number} of {consortium}.",
                "Nothing was spent. The others need a new agreement.",
            )
        if number < self.newest_number:
            return Denied(
                "agreement-superseded",
                f"The job asks agreement {number} of {consortium}; {self.newest_number} holds.",
                "Nothing was spent. Submit again under the newer agreement.",
            )
        if self.member.table is not None and self.table is None:
            return Denied(
                "table-unbound",
                f"{self.member.organisation} has bound no table to {consortium} yet.",
                f"Nothing was spent. They run `market consortium bind {consortium}`.",
            )
        return None
