"""Where a receipt belongs in a chain: the rule of every implementation."""

from __future__ import annotations

from market.errors import Conflict, Unavailable
from market.records.receipt import Receipt
from market.records.signed import Signed, record_hash


def contradicted(
    offered: Signed[Receipt], in_its_place: Signed[Receipt] | None, before: Signed[Receipt] | None
) -> Signed[Receipt] | None:
    """The receipt of the chain that an offered one cannot stand beside, or None.

    Args:
        in_its_place: the receipt of the same sequence in the chain.
        before: the one before that.
    """
    if in_its_place is not None:
        return None if in_its_place.record == offered.record else in_its_place
    if before is not None and offered.record.previous != record_hash(before.record):
        return before
    return None


def receipt_early(offered: Receipt, newest: int) -> Unavailable:
    """`receipt-early`: those before it have not come yet."""
    return Unavailable(
        "receipt-early",
        f"Receipt {offered.sequence} came before receipt {newest + 1}.",
        "The agent sends the ones before it, then this one again; nothing is lost.",
    )


def receipt_forked(offered: Receipt, held: Receipt) -> Conflict:
    """`receipt-forked`: one chain holds only one of the two."""
    return Conflict(
        "receipt-forked",
        f"Receipt {offered.sequence} does not continue its agent's chain: receipt {held.sequence} "
        "of it is another. Both are kept as evidence.",
        "Stop the agent: it is an older copy, or two use one key. Restore the newest backup and "
        "run `market agent reconcile`.",
    )
