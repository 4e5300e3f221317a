"""What a declaration comes to, before anything is encrypted: pure functions of what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto.errors import CryptoError
from market.entities.draft import DraftContent
from market.errors import MarketError
from market.owner.declaration.describe import Declaration, parse_declaration
from market.owner.drafting.draft_declaration import declaration_text
from market.pages.columns import ColumnRow, column_rows, values_note
from market.plan.schema import PrivacyUnit, Schema
from market.policy.budget.contradictions import unanswerable
from market.policy.budget.questions_left import questions_left
from market.policy.drafts.draft_declared import column_of
from market.policy.drafts.draft_gaps import Gap
from market.policy.listing.encrypted_for import EncryptedFor

_ANY_UNIT = PrivacyUnit(None, 1, "one row")


@dataclass(frozen=True, slots=True)
class Preview:
    """What a buyer will see, and what the policy means.

    Attributes:
        columns: those that are declared in full.
        note: what becomes of values that are missing.
        questions: what the budget comes to, in words; empty until the declaration is whole.
        unanswerable: what the policy sells and cannot answer, a sentence each.
        problem: why a declaration without gaps is not accepted, or empty.
        declaration: the whole one.
    """

    columns: Sequence[ColumnRow]
    note: str
    questions: str
    unanswerable: Sequence[str]
    problem: str
    declaration: Declaration | None

    @property
    def encrypted_for(self) -> EncryptedFor:
        """What the table would be encrypted for."""
        declared = self.declaration
        if declared is None:
            return "sums"
        return declared.encrypted_for or ("products" if declared.policy.recomputation else "sums")


def preview_of(content: DraftContent, gaps: Sequence[Gap]) -> Preview:
    """The preview of a declaration, as far as it goes."""
    if gaps:
        return _partly(content, "")
    try:
        declared = parse_declaration(declaration_text(content))
    except MarketError as error:
        return _partly(content, error.message)
    schema, policy = declared.schema, declared.policy
    return Preview(
        column_rows(schema),
        values_note(schema),
        questions_left(policy, policy.budget_rho_units).words,
        [one.sentence for one in unanswerable(policy, schema)],
        "",
        declared,
    )


def _partly(content: DraftContent, problem: str) -> Preview:
    """With the columns that can be read by themselves."""
    columns = []
    for column in content.columns:
        try:
            columns.append(column_of(column))
        except (ValueError, ArithmeticError, CryptoError):
            continue
    try:
        schema = Schema("preview", tuple(columns), _ANY_UNIT, 1, ())
        return Preview(column_rows(schema), values_note(schema), "", (), problem, None)
    except (ValueError, CryptoError):
        # Two of one name, or none yet.
        return Preview((), "", "", (), problem, None)
