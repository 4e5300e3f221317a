"""The chains of receipts in dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from market.database.receipts.errors import contradicted, receipt_early, receipt_forked
from market.entities.fork import Fork
from market.records.receipt import FIRST_PREVIOUS, Receipt
from market.records.signed import Signed, record_hash


@dataclass
class MemoryReceipts:
    chains: dict[str, list[Signed[Receipt]]] = field(default_factory=dict)
    refused: dict[tuple[str, str], Fork] = field(default_factory=dict)

    def append(self, receipt: Signed[Receipt], *, now: int) -> None:
        chain, place = self.chains.setdefault(receipt.signer, []), receipt.record.sequence - 1
        if place > len(chain):
            raise receipt_early(receipt.record, len(chain))
        held = contradicted(
            receipt,
            chain[place] if place < len(chain) else None,
            chain[place - 1] if place else None,
        )
        if held is not None:
            key = (receipt.signer, record_hash(receipt.record))
            self.refused.setdefault(key, Fork(len(self.refused) + 1, held, receipt, now))
            raise receipt_forked(receipt.record, held.record)
        if place == len(chain):
            chain.append(receipt)

    def head(self, agent: str) -> tuple[int, str]:
        chain = self.chains.get(agent)
        return (len(chain), record_hash(chain[-1].record)) if chain else (0, FIRST_PREVIOUS)

    def chain(self, agent: str, *, after: int, limit: int) -> list[Signed[Receipt]]:
        return self.chains.get(agent, [])[after:][:limit]

    def forks(self, agents: Iterable[str] | None, *, after: int, limit: int) -> list[Fork]:
        wanted = None if agents is None else set(agents)
        found = [
            fork
            for fork in self.refused.values()
            if fork.number > after and (wanted is None or fork.offered.signer in wanted)
        ]
        return found[:limit]
