"""What the agent keeps of each consortium, put there by the member's client, never by the platform.

consortia/<id>/<number>/agreement.json                   all that was signed for it to hold or end
consortia/<id>/<number>/tables/<version>/binding.json    as the member signed it
consortia/<id>/<number>/tables/<version>/file.json       which file it is, and how it is declared
consortia/<id>/<number>/tables/<version>/bound           the portal keeps the binding
consortia/<id>/<number>/tables/<version>/adopted.json    instead of these: a binding that was missed

The table itself stays where it is: its path and its hash are kept, and it is read for each run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from crypto.errors import CryptoError, FormatError
from market import wire
from market.adapters.private_files import write_private
from market.entities.consortium import Consortium
from market.errors import NotFound
from market.policy.consortia.consortium_documents import documents_of, read_consortium_documents
from market.records.agreement import Agreement, Member
from market.records.binding import Binding
from market.records.consortium_documents import ConsortiumDocuments
from market.records.first_difference import first_difference
from market.records.signed import Signed, open_signed, record_hash
from market.vault.home import AgentHome
from market.vault.layout import agreement_path, damaged, table_path
from market.vault.membership import BoundTable, KeptFile, Membership


@dataclass(frozen=True, slots=True)
class HeldTable:
    """A binding, kept from before the portal has it; `is_bound`: it has."""

    binding: Signed[Binding]
    file: KeptFile
    is_bound: bool


def held_agreements(home: AgentHome) -> list[tuple[str, int]]:
    """Every (consortium, number) kept here, in order."""
    return sorted(
        (found.parent.parent.name, int(found.parent.name))
        for found in home.consortia_path.glob("*/*/agreement.json")
    )


def newest_agreement(home: AgentHome, consortium: str) -> int:
    """The highest number kept here of a consortium; 0 when there is none."""
    return max((number for name, number in held_agreements(home) if name == consortium), default=0)


def keep_agreement(home: AgentHome, consortium: Consortium) -> None:
    """Keep what was signed of an agreement that holds, or has ended; whose keys these are, the
    caller has compared. From here on its questions are judged."""
    path = agreement_path(home, consortium.consortium, consortium.number) / "agreement.json"
    write_private(path, wire.encode(documents_of(replace(consortium, bindings=()))))


def read_membership(home: AgentHome, consortium: str, number: int) -> Membership:
    """Read and verify what this agent's member signed with the others.

    Raises:
        NotFound: this agent keeps no such agreement.
        Refused: `holding-damaged` when a document does not verify or fit the others.
    """
    path = agreement_path(home, consortium, number)
    if not (path / "agreement.json").exists():
        raise NotFound(
            "not-held",
            f"This agent does not keep agreement {number} of consortium {consortium}.",
            f"Run `market consortium bind {consortium}` with this agent's home.",
        )
    try:
        kept = _kept(path, consortium, number)
        agreement = _agreement(kept)
        member = _member(agreement, home.signing_key().public.hex)
        bound = [held for held in _tables(path, agreement, member) if held.is_bound]
    except (CryptoError, OSError, ValueError) as error:
        raise damaged(f"agreement {number} of {consortium}: {error}") from error
    return Membership(
        agreement,
        kept.agreement_hash,
        member,
        _bound(bound[-1]) if bound else None,
        newest_number=newest_agreement(home, consortium),
        has_ended=kept.state == "ended",
    )


def held_tables(home: AgentHome, membership: Membership) -> list[HeldTable]:
    """Every binding kept for an agreement, oldest first.

    Raises:
        Refused: `holding-damaged`.
    """
    asked = membership.asked
    path = agreement_path(home, asked.dataset, asked.version)
    try:
        return _tables(path, membership.agreement, membership.member)
    except (CryptoError, OSError, ValueError) as error:
        raise damaged(f"a table of {asked.dataset}: {error}") from error


def keep_table(
    home: AgentHome, membership: Membership, binding: Signed[Binding], file: KeptFile
) -> None:
    """Keep a binding before it is sent; its own document is written last: without it there is
    none."""
    path = _path(home, membership, binding.record.version)
    write_private(path / "file.json", wire.encode(file))
    write_private(path / "binding.json", binding.encode())


def mark_bound(home: AgentHome, membership: Membership, version: int) -> None:
    """The portal keeps this binding: from here on runs read its table."""
    write_private(_path(home, membership, version) / "bound", b"")


def drop_table(home: AgentHome, membership: Membership, version: int) -> None:
    """Give up a binding the portal did not take."""
    (_path(home, membership, version) / "binding.json").unlink(missing_ok=True)


def _path(home: AgentHome, membership: Membership, version: int) -> Path:
    return table_path(home, membership.asked.dataset, membership.asked.version, version)


def _kept(path: Path, consortium: str, number: int) -> Consortium:
    text = (path / "agreement.json").read_bytes()
    kept = read_consortium_documents(wire.decode(ConsortiumDocuments, text))
    if (kept.consortium, kept.number) != (consortium, number):
        raise FormatError(f"it is agreement {kept.number} of {kept.consortium}")
    if kept.state not in ("agreed", "ended"):
        raise FormatError(f"it is {kept.state}: not all have consented")
    return kept


def _agreement(kept: Consortium) -> Agreement:
    if kept.agreement is None:
        raise FormatError("not all have joined")
    return kept.agreement


def _member(agreement: Agreement, agent: str) -> Member:
    try:
        return agreement.member_of(agent)
    except KeyError as error:
        raise FormatError("this agent's key is no member's") from error


def _tables(path: Path, agreement: Agreement, member: Member) -> list[HeldTable]:
    found = sorted(path.glob("tables/*/binding.json"), key=lambda one: int(one.parent.name))
    return [_table(one.parent, agreement, member) for one in found]


def _table(path: Path, agreement: Agreement, member: Member) -> HeldTable:
    data = (path / "binding.json").read_bytes()
    binding = open_signed(Binding, data, signer=member.owner_key)
    record = binding.record
    schema = None if member.table is None else agreement.proposal.schemas[member.table].digest()
    expected: dict[str, tuple[object, object]] = {
        "agreement": (record.agreement_hash, record_hash(agreement)),
        "agent": (record.agent, member.agent),
        "version": (str(record.version), path.name),
        "schema": (record.schema_digest, schema),
    }
    if found := first_difference(expected):
        raise FormatError(f"the binding's {found}")
    file = wire.decode(KeptFile, (path / "file.json").read_bytes())
    return HeldTable(binding, file, (path / "bound").exists())


def _bound(held: HeldTable) -> BoundTable:
    return BoundTable(held.binding.record, held.file)
