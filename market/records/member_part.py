"""How a member's part in a consortium's job stands in approvals and receipts."""

from __future__ import annotations

from market.records.agreement import Agreement
from market.records.binding import Binding
from market.records.receipt import ReceiptedDataset
from market.records.signed import record_hash


def member_hashes(agreement_hash: str, binding: Binding | None) -> tuple[str, ...]:
    """What a member's approval or refusal names in place of manifests: the agreement, and the
    binding of its table where it has one."""
    return (agreement_hash,) if binding is None else (agreement_hash, record_hash(binding))


def receipted_member(agreement: Agreement, binding: Binding | None) -> ReceiptedDataset:
    """What a member's receipt names: the consortium under the agreement's number, by the binding
    whose people are charged; by the agreement alone, and nobody's budget, where it has no table."""
    proposal = agreement.proposal
    name, number = proposal.consortium, proposal.number
    if binding is None:
        return ReceiptedDataset(name, number, record_hash(agreement), (), 0)
    return ReceiptedDataset(name, number, record_hash(binding), binding.lineages, binding.epoch)
