"""Who is to compute together, and on what: the proposal of a consortium, and its joint table.

A consortium is a dataset with several parties: its id stands among dataset ids, its agreements
(market.records.agreement) are its versions, and a plan asks it under one joint schema.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

from market.errors import Refused
from market.plan.dataset_ids import check_ascending
from market.plan.program_input import ProgramInput
from market.plan.schema import Schema
from market.plan.text import check_text
from market.records.listing import Policy
from market.records.members import check_dataset, check_hash

Composition = Literal["union", "join"]
"""union: rows of different people at different members; join: columns about the same people."""

FEWEST_MEMBERS: Final = 3
MOST_MEMBERS: Final = 9
JOIN_MEMBERS: Final = 3
"""Two with tables, and the one who helps them."""
FIRST_PREVIOUS: Final = "0" * 64
"""`previous` of a consortium's first agreement."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A member by their organisation at the portal.

    `table` is the place, from 0, of their table's schema in the proposal; None for a member who
    computes without data. `is_operator`: the platform's operator holds the seat.
    """

    organisation: str
    table: int | None
    is_operator: bool

    def __post_init__(self) -> None:
        check_text("organisation", self.organisation)
        if self.table is not None and self.table < 0:
            raise ValueError(f"table is {self.table}, expected a place from 0, or none")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a consortium will be; `seats` stand in the order of their organisations.

    Attributes:
        number: counts the consortium's proposals from 1; `previous` is the hash of the newest
            agreement that came of an earlier one.
        proposer: the organisation that proposes; it holds a seat, under the key that signs this.
        schemas: one for a union; two for a join, those of its seats' tables.
        policy: the terms of every question. What each table's people may lose in all is said by
            its own member (`Binding`).
        intersection_rho_units: what every run of a join is charged besides; 0 for a union.
    """

    TAG: ClassVar[str] = "market/proposal/2"

    consortium: str
    number: int
    previous: str
    proposer: str
    title: str
    purpose: str
    composition: Composition
    schemas: tuple[Schema, ...]
    seats: tuple[Seat, ...]
    policy: Policy
    intersection_rho_units: int
    created_at: int

    def __post_init__(self) -> None:
        check_dataset(self.consortium, self.number)
        check_hash("previous", self.previous)
        check_text("title", self.title)
        check_text("purpose", self.purpose, lines=True)
        check_ascending("seats", [seat.organisation for seat in self.seats])
        if not FEWEST_MEMBERS <= len(self.seats) <= MOST_MEMBERS:
            # With two members a share is the other one's input: there is no privacy to be had.
            raise ValueError(
                f"{len(self.seats)} members, expected {FEWEST_MEMBERS} to {MOST_MEMBERS}"
            )
        if self.proposer not in {seat.organisation for seat in self.seats}:
            raise ValueError(f"proposer {self.proposer!r:.80} holds no seat")
        _check_composition(self)

    @property
    def threshold(self) -> int:
        """How many members may collude and learn nothing: fewer than half."""
        return (len(self.seats) - 1) // 2

    @property
    def schema(self) -> Schema:
        """The joint table, as a plan asks it."""
        return joint_schema(self)

    @property
    def program_input(self) -> ProgramInput:
        """What a program is told that asks this consortium."""
        return ProgramInput((self.consortium,), self.schema)


def joint_schema(proposal: Proposal) -> Schema:
    """The schema of all tables together.

    union: rows of every member with data, so its capacity is the sum of theirs.
    join: the columns of both; whoever is in both has one row, so the smaller capacity holds them.
    """
    first = proposal.schemas[0]
    if proposal.composition == "union":
        holders = sum(1 for seat in proposal.seats if seat.table is not None)
        return replace(first, name=proposal.consortium, capacity_rows=holders * first.capacity_rows)
    second = proposal.schemas[1]
    return Schema(
        name=proposal.consortium,
        columns=(*first.columns, *second.columns),
        privacy_unit=first.privacy_unit,
        capacity_rows=min(first.capacity_rows, second.capacity_rows),
        products=(),
    )


def _check_composition(proposal: Proposal) -> None:
    tables = [seat.table for seat in proposal.seats if seat.table is not None]
    is_join = proposal.composition == "join"
    schemas = 2 if is_join else 1
    if len(proposal.schemas) != schemas or set(tables) != set(range(schemas)):
        raise ValueError(f"a {proposal.composition} has {schemas} schemas, each at a member")
    if proposal.intersection_rho_units < int(is_join) or (
        not is_join and proposal.intersection_rho_units
    ):
        raise ValueError("intersection_rho_units: 1 or more for a join, 0 for a union expected")
    if not is_join:
        if len(tables) < 2:
            raise ValueError(f"{len(tables)} members with a table, expected 2 or more")
    elif len(proposal.seats) != JOIN_MEMBERS or sorted(tables) != [0, 1]:
        raise ValueError("a join has three members: two with a table each, and one without")
    elif any(
        s.privacy_unit.column is None or s.privacy_unit.max_rows != 1 for s in proposal.schemas
    ):
        raise ValueError("a join matches people: both schemas name an id, one row for each")
    # The joint schema checks itself: distinct columns, a capacity that can be counted.
    if joint_schema(proposal).capacity_rows < 1:
        raise ValueError("capacity_rows expected")


def check_enough_members(count: int) -> None:
    """That so many may compute together (raises Refused, `consortium-too-small`, `-too-large`)."""
    if count < FEWEST_MEMBERS:
        raise Refused(
            "consortium-too-small",
            f"The consortium has {count} members, expected {FEWEST_MEMBERS} to {MOST_MEMBERS}: of "
            "two members each could read the other's data.",
            "Invite a further member; one without data will do. Two owners who publish encrypted "
            "tables can be asked together: [together] in dataset.toml.",
        )
    if count > MOST_MEMBERS:
        raise Refused(
            "consortium-too-large",
            f"The consortium has {count} members, expected {FEWEST_MEMBERS} to {MOST_MEMBERS}.",
            "Found two consortia.",
        )
