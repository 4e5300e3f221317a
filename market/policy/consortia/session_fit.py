"""Whether a question can be computed by members at all: said before anybody signs or is charged."""

from __future__ import annotations

from typing import Final

from market.plan.factors import Crossed, Factor, Numeric, Validity
from market.plan.lowered import Lowered
from market.plan.schema import Schema
from market.policy.consortia.verification import unverified
from market.policy.decision import Denied
from market.pricing.lattice import JOIN_FACTOR
from market.records.consortium import Proposal

MOST_ROWS: Final = 1 << 24
MOST_COLUMNS: Final = 1 << 12
MOST_CELLS: Final = 1 << 26
"""Of one table in a join, its capacity full, what the workers hold (crypto.mpc's own limits)."""
_NUMBER_BITS: Final = JOIN_FACTOR.bit_length()


def unfit(proposal: Proposal, lowered: Lowered, *, is_verified: bool) -> Denied | None:
    """Why members cannot compute a plan in such a session, or None."""
    denied = unverified(proposal.composition, lowered, is_verified=is_verified)
    return denied or too_large(proposal, lowered)


def too_large(proposal: Proposal, lowered: Lowered) -> Denied | None:
    """Why a join deals more than its workers can hold, or None; a union deals its sums alone."""
    if proposal.composition == "union":
        return None
    asked = {factor for moment in lowered.moments for factor in moment}
    for schema in proposal.schemas:
        columns = [factor for factor in asked if _is_of(factor, schema)]
        rows, bits = schema.capacity_rows, sum(map(_bits, columns))
        if rows > MOST_ROWS or len(columns) > MOST_COLUMNS or rows * bits > MOST_CELLS:
            return Denied(
                "join-too-large",
                f"Of {schema.name} the plan asks {len(columns)} columns, {bits} bits for each of "
                f"{rows} rows; members can join {MOST_CELLS} bits of at most {MOST_ROWS} rows and "
                f"{MOST_COLUMNS} columns of a table.",
                "Ask for fewer columns or levels at a time, a number being 16 bits; or agree on a "
                "smaller capacity.",
            )
    return None


def _is_of(factor: Factor, schema: Schema) -> bool:
    # A joint schema declares no products, and the validity is the match: neither is a column's.
    if isinstance(factor, Validity | Crossed):
        return False
    return factor.column in {column.name for column in schema.columns}


def _bits(factor: Factor) -> int:
    return _NUMBER_BITS if isinstance(factor, Numeric) else 1
