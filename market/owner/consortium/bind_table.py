"""Bind a member's own table to an agreement. The table stays where it is.

Only the member's word leaves: that its schema is the agreed one, whose budget its runs are charged
to, and on what terms. Who is in it is settled like a publication's, in the same store: its people
keep one budget, whichever engine asks.

A binding is kept before it is sent, and counts once the portal has it. A command that was stopped
in between is finished by the next one: what was signed is sent again, never signed anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from market.client.http.api import PortalClient
from market.entities.consortium import Consortium
from market.errors import MarketError, Refused, Unavailable
from market.owner.declaration.describe import Declaration, parse_declaration, text_of_declaration
from market.owner.owner import Owner
from market.owner.publish.settle_table import Files, OwnersWord, changed, settle_table
from market.owner.table.read_table import open_table
from market.owner.table.survey import TableReport
from market.owner.word.appoint import ensure_appointed
from market.plan.schema import Column, PrivacyUnit
from market.records.binding import Binding
from market.records.first_difference import first_difference
from market.records.signed import Signed, sign_record
from market.vault.adopted_bindings import newest_version
from market.vault.consortia import (
    HeldTable,
    drop_table,
    held_tables,
    keep_agreement,
    keep_table,
    mark_bound,
    read_membership,
)
from market.vault.home import Entropy
from market.vault.membership import KeptFile, Membership
from market.vault.store.lineages import confirm, forget
from market.vault.store.publications import listed_versions


@dataclass(frozen=True, slots=True)
class Bound:
    """`version` is the binding's, 0 for a member without data. `report` is for the member alone;
    None where nothing was read now: an earlier attempt was finished."""

    consortium: str
    number: int
    version: int
    report: TableReport | None


def bind(
    portal: PortalClient,
    owner: Owner,
    consortium: Consortium,
    files: Files | None,
    *,
    word: OwnersWord,
    now: int,
    entropy: Entropy,
) -> Bound:
    """Let this agent answer for its member under an agreement, and bind the member's table.

    Args:
        consortium: agreed, its documents verified, its keys compared
            (market.client.verify.consortium).
        files: None for a member without data.

    Raises:
        Refused: `member-agent` or `member-key`: the agreement names other keys; `table-needed`,
            `table-not-needed`; the declaration or table is not acceptable or accepted, or not of
            the agreed schema (`schema-differs`). Nothing was sent.
        Conflict: the portal keeps other documents. Unavailable: it does not answer; run it again.
    """
    owner.store.check_reconciled()
    _check_keys(owner, consortium)
    keep_agreement(owner.home, consortium)
    membership = read_membership(owner.home, consortium.consortium, consortium.number)
    organisation, table = membership.member.organisation, membership.member.table
    if files is None:
        if table is not None:
            raise _files_expected("table-needed", organisation, "takes part with a table", "Name")
        return Bound(consortium.consortium, consortium.number, 0, None)
    if table is None:
        raise _files_expected(
            "table-not-needed", organisation, "computes without data", "Leave out"
        )
    ensure_appointed(portal, owner.identity, owner.home.public_keys(), now=now)
    if finished := _finish(portal, owner, membership, files.digest()):
        return finished
    held, report = _bind_anew(owner, membership, files, word=word, now=now, entropy=entropy)
    return _send(portal, owner, membership, held, report)


def _check_keys(owner: Owner, consortium: Consortium) -> None:
    agent, identity = owner.home.signing_key().public, owner.identity.public
    members = consortium.agreement.members if consortium.agreement else ()
    member = next((one for one in members if one.agent == agent.hex), None)
    if member is None:
        raise Refused(
            "member-agent",
            f"The agreement of {consortium.consortium} names no agent {agent.fingerprint()}.",
            "Use the home of the agent you joined with: --agent-home.",
        )
    if member.owner_key != identity.hex:
        raise Refused(
            "member-key",
            f"{member.organisation} joined {consortium.consortium} under another key than "
            f"{identity.fingerprint()}.",
            "Use the client home you joined from.",
        )


def _finish(
    portal: PortalClient, owner: Owner, membership: Membership, source: str
) -> Bound | None:
    """Send what an earlier attempt signed; what came of it, if it was of these files."""
    held = held_tables(owner.home, membership)
    if not held:
        return None
    newest = held[-1]
    done = _bound(membership, newest, None) if newest.is_bound else None
    if done is None:
        done = _send(portal, owner, membership, newest, None)
    return done if newest.file.source == source else None


def _bind_anew(
    owner: Owner,
    membership: Membership,
    files: Files,
    *,
    word: OwnersWord,
    now: int,
    entropy: Entropy,
) -> tuple[HeldTable, TableReport]:
    """Look at the table, settle its people, sign its binding and keep that; nothing is sent."""
    source = files.digest()
    text = text_of_declaration(files.declaration)
    declaration = _declared(text, membership)
    dataset = membership.asked.dataset
    entered_as = 1 + max(listed_versions(owner.store, dataset), default=0)
    report, entered = settle_table(
        owner,
        declaration,
        open_table(files.table, declaration.layout),
        version=entered_as,
        word=word,
        entropy=entropy,
    )
    file = KeptFile(str(files.table.resolve()), sha256_of(files.table), text, source, entered_as)
    # What was looked at and agreed to is what is bound.
    if files.digest() != source:
        forget(owner.store, dataset, entered_as)
        raise changed(files.table)
    binding = _signed(owner, membership, declaration, entered.lineages, now=now)
    keep_table(owner.home, membership, binding, file)
    return HeldTable(binding, file, is_bound=False), report


def _signed(
    owner: Owner,
    membership: Membership,
    declaration: Declaration,
    lineages: tuple[str, ...],
    *,
    now: int,
) -> Signed[Binding]:
    asked = membership.asked
    return sign_record(
        owner.identity,
        Binding(
            agreement_hash=membership.agreement_hash,
            agent=membership.agent,
            version=1 + newest_version(owner.home, asked.dataset, asked.version),
            schema_digest=declaration.schema.digest(),
            policy=declaration.policy,
            population=declaration.population,
            lineages=lineages,
            epoch=declaration.epoch,
            created_at=now,
        ),
    )


def _send(
    portal: PortalClient,
    owner: Owner,
    membership: Membership,
    held: HeldTable,
    report: TableReport | None,
) -> Bound:
    """Send a binding; once the portal has it, its people's caps count and runs read its table."""
    dataset, version = membership.asked.dataset, held.binding.record.version
    try:
        _post(portal, dataset, held.binding)
    except Unavailable:
        # Whether the portal has it is not known: the next command sends it again.
        raise
    except MarketError:
        drop_table(owner.home, membership, version)
        forget(owner.store, dataset, held.file.entered_as)
        raise
    confirm(owner.store, dataset, held.file.entered_as)
    mark_bound(owner.home, membership, version)
    return _bound(membership, held, report)


def _post(portal: PortalClient, consortium: str, binding: Signed[Binding]) -> None:
    portal.post(f"consortia/{consortium}/bindings", {"binding": binding.encode().decode()})


def _bound(membership: Membership, held: HeldTable, report: TableReport | None) -> Bound:
    asked = membership.asked
    return Bound(asked.dataset, asked.version, held.binding.record.version, report)


def _declared(text: str, membership: Membership) -> Declaration:
    """The declaration of a table of the agreed schema, under the consortium's name."""
    declaration, agreed = parse_declaration(text), membership.own_schema
    declared = replace(declaration.schema, name=agreed.name)
    expected: dict[str, tuple[object, object]] = {
        **_compared("privacy unit", declared.privacy_unit, agreed.privacy_unit),
        "capacity_rows": (declared.capacity_rows, agreed.capacity_rows),
        "columns": (
            [column.name for column in declared.columns],
            [column.name for column in agreed.columns],
        ),
        **_compared_columns(declared.columns, agreed.columns),
        "products": (declared.products, agreed.products),
    }
    if found := first_difference(expected):
        raise Refused(
            "schema-differs",
            f"The declaration is not of the agreed schema: its {found}.",
            "Declare the table as the agreement says: `market consortium show` prints it. Nothing "
            "was sent.",
        )
    return replace(declaration, dataset=membership.asked.dataset, schema=agreed)


def _compared_columns(
    declared: Sequence[Column], agreed: Sequence[Column]
) -> dict[str, tuple[object, object]]:
    compared: dict[str, tuple[object, object]] = {}
    for mine, theirs in zip(declared, agreed, strict=False):
        what = f"column {mine.name}"
        compared[f"{what}'s type"] = (mine.tag, theirs.tag)
        if mine.tag == theirs.tag:
            compared |= _compared(what, mine, theirs)
    return compared


def _compared(
    what: str, declared: PrivacyUnit | Column, agreed: PrivacyUnit | Column
) -> dict[str, tuple[object, object]]:
    """Setting by setting, as a declaration names them: a part told whole would be cut."""
    return {
        f"{what}'s {setting.name}": (
            getattr(declared, setting.name),
            getattr(agreed, setting.name),
        )
        for setting in fields(agreed)
    }


def sha256_of(table: Path) -> str:
    """What a table's file is now, in hex (raises OSError)."""
    with table.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _files_expected(code: str, organisation: str, part: str, verb: str) -> Refused:
    return Refused(
        code,
        f"{organisation} {part}.",
        f"{verb} the declaration and the table. Nothing was sent.",
    )
