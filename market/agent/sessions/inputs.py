"""What a worker is given: the program's public arguments, and this member's own numbers.

The table is read here, at home, by the agent alone; the worker gets sums, or coded cells for a
join. A file that is not what was bound is not computed on: whose budget it is was settled for the
other one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from crypto.mpc.specification import ProgramCall
from market.agent.sessions.prepare import Prepared
from market.errors import Refused
from market.owner.bind_table import sha256_of
from market.owner.contributions_on_disk import ContributionsOnDisk
from market.owner.describe import parse_declaration
from market.owner.read_table import open_table
from market.owner.table_file import TableFile
from market.plan.schema import Schema
from market.tables.encode import Encoder
from market.tables.local_moments import local_moments
from market.vault.home import AgentHome
from market.vault.membership import BoundTable, KeptFile, Membership

UNION = "union"
_CELL_MICROSECONDS = 5
"""One cell, read, coded and added up: 1 on a server's core."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """`blocks` are this member's secrets, as the program reads them."""

    program: ProgramCall
    blocks: tuple[bytes, ...]


def read_inputs(home: AgentHome, prepared: Prepared) -> Inputs:
    """Read the member's table for one session.

    Raises:
        Refused: `table-changed`: the file is not the one that was bound; what is wrong with it.
    """
    outputs = prepared.price.outputs
    arguments = {
        "law": outputs[0].law,
        "scales_squared": [str(output.scale_squared) for output in outputs],
    }
    program = ProgramCall(UNION, arguments)
    table = prepared.question.holding.table
    if table is None:
        return Inputs(program, ())
    return Inputs(program, (_sums(home, prepared, table),))


def allowance_seconds(prepared: Prepared) -> int:
    """What reading a table of the declared capacity may take, by public things alone."""
    schema = prepared.question.holding.schema
    columns = len(schema.columns) + len(prepared.price.lowered.families)
    return 1 + schema.capacity_rows * columns * _CELL_MICROSECONDS // 1_000_000


def _sums(home: AgentHome, prepared: Prepared, table: BoundTable) -> bytes:
    membership = prepared.question.holding
    schema = _schema(membership)
    moments = prepared.price.lowered.moments
    with (
        _opened(table.file) as rows,
        ContributionsOnDisk(home.lineage_key()) as counted,
    ):
        encoder = Encoder(schema, counted)
        batches = map(encoder.encode, rows.batches())
        sums = local_moments(schema, moments, batches, membership.lattice.unit(1))
    return sums.astype("<i8").tobytes()


def _schema(membership: Membership) -> Schema:
    return membership.agreement.proposal.schemas[membership.member.table or 0]


@contextmanager
def _opened(kept: KeptFile) -> Iterator[TableFile]:
    """The bound file, as long as it is that one: before it is read, and after."""
    _check_unchanged(kept)
    yield open_table(kept.at(), parse_declaration(kept.declaration).layout)
    _check_unchanged(kept)


def _check_unchanged(kept: KeptFile) -> None:
    try:
        seen = sha256_of(kept.at())
    except OSError:
        seen = "gone"
    if seen != kept.sha256:
        raise Refused(
            "table-changed",
            "A member's table is not the one that was bound.",
            "Nothing was spent. The member binds it again: market consortium bind.",
        )
