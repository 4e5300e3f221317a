"""What this agent has opened, for whom: only what is new of a question is charged
(market.policy.budget.repeats)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, insert, select

from crypto.ladder import Law, ladder_of_id
from market.database.openings import sql_openings
from market.database.openings.tables import OPENED_SUM
from market.ports.openings import Release
from market.pricing.charged import Charge
from market.pricing.opening import Had, Opening
from market.pricing.rungs import cost_units, pure_epsilon
from market.vault.store.opening import AgentStore
from market.vault.store.tables import RECEIPT, RELEASE

OWN: Final = "own"
"""This agent's chain of receipts, among those of agents before it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the store sees it.

    Attributes:
        buyer: fingerprint of the key that signed it.
        manifest_hash: of the data it opens sums of; empty where members compute.
        rho_units: its whole price.
    """

    job: str
    request_hash: str
    request_nonce: str
    buyer: str
    manifest_hash: str
    opening: Opening
    rho_units: int

    def release(self, sequence: int | None = None, chain: str = OWN) -> Release:
        """Its release, at a place of a chain of receipts, or the next one of this agent."""
        return Release(chain, sequence, self.manifest_hash, self.buyer)


def had_before(connection: Connection, asked: Asked) -> Had:
    """What was opened before of the families a request asks, to its buyer and to anybody."""
    return sql_openings.had(connection, asked.release(), asked.opening)


def record_release(connection: Connection, asked: Asked, sequence: int) -> None:
    """Remember what was opened for whom, beside its receipt; the database refuses a second answer
    to one request."""
    connection.execute(
        insert(RELEASE).values(
            request_hash=asked.request_hash,
            job=asked.job,
            buyer=asked.buyer,
            sequence=sequence,
        )
    )
    sql_openings.record(connection, asked.release(sequence), asked.opening)


@dataclass(frozen=True, slots=True)
class Released:
    """One release of this agent: `buyer` is the fingerprint of its buyer's key, `document` the
    signed receipt, `rungs` those of its noise by family, under one law."""

    job: str
    buyer: str
    sequence: int
    document: str
    law: Law
    rungs: Mapping[str, int]
    is_of_members: bool

    def charge(self, rho_units: int) -> Charge:
        """What its receipt charges, and what its noise guarantees.

        Laplace noise of which part was had before is told by its rho: a pure epsilon has no parts.
        """
        if self.law == "laplace":
            is_whole = rho_units == cost_units(self.rungs)
            return Charge(rho_units, "pure", pure_epsilon(self.rungs) if is_whole else None)
        return Charge(rho_units, "zcdp" if self.is_of_members else "profile")


def released(store: AgentStore) -> list[Released]:
    """Every release of this agent, in the order of its receipts."""
    wanted = (
        select(RELEASE.c.job, RELEASE.c.buyer, RELEASE.c.sequence, RECEIPT.c.document)
        .join(RECEIPT, RECEIPT.c.sequence == RELEASE.c.sequence)
        .order_by(RELEASE.c.sequence)
    )
    with store.database.reading() as connection:
        noises = _noises(connection)
        return [
            Released(*row, *noises.get(row.sequence, ("gaussian", {}, True)))
            for row in connection.execute(wanted)
        ]


def _noises(connection: Connection) -> dict[int, tuple[Law, dict[str, int], bool]]:
    """Of each receipt: the law of its noise, its families' highest rungs, whether members drew it.

    One that opened no sum is left out: what is not known is told as any noise is.
    """
    table = OPENED_SUM.c
    wanted = (
        select(
            table.sequence,
            table.manifest_hash,
            table.family,
            func.max(table.ladder).label("ladder"),
            func.max(table.rung).label("rung"),
        )
        .where(table.chain == OWN)
        .group_by(table.sequence, table.manifest_hash, table.family)
    )
    found: dict[int, tuple[Law, dict[str, int], bool]] = {}
    for row in connection.execute(wanted):
        law = ladder_of_id(row.ladder).law
        noise = found.setdefault(row.sequence, (law, {}, not row.manifest_hash))
        noise[1][row.family] = row.rung
    return found
