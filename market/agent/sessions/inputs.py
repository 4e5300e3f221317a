"""What a worker is given of its member's own: numbers, never the table.

They are sums of the member's own rows for a union (market.tables.local_sums), coded cells
for a join (market.tables.join_columns); a member without data has none.
"""

from __future__ import annotations

from market.agent.sessions.join_arguments import own_factors
from market.agent.sessions.own_table import own_rows
from market.agent.sessions.prepare import Prepared
from market.pricing.quote import Quote
from market.tables.join_columns import join_columns
from market.tables.local_sums import local_sums
from market.vault.home import AgentHome
from market.vault.membership import Membership

_CELL_MICROSECONDS = 5
"""One cell, read, coded and added up: 1 on a server's core."""


def read_blocks(home: AgentHome, prepared: Prepared) -> tuple[bytes, ...]:
    """This member's secrets, as the program reads them; of its table as it is now.

    Raises:
        Refused: `table-changed`: the file is not the one that was bound; what is wrong with it.
    """
    membership = prepared.question.holding
    if membership.table is None:
        return ()
    if membership.agreement.proposal.composition == "join":
        return _columns(home, prepared)
    opened = prepared.price.lowered.opened
    unit_of = membership.lattice().unit
    with own_rows(home, membership.table.file, membership.own_schema) as rows:
        sums = local_sums(membership.own_schema, opened, rows.batches(), unit_of)
    return (sums.astype("<i8").tobytes(),)


def allowance_seconds(membership: Membership, price: Quote) -> int:
    """What reading any member's table may take, by public things alone: the same for all, so that
    nobody waits for the member with the largest one."""
    proposal = membership.agreement.proposal
    columns = len(proposal.schema.columns) + len(price.lowered.families)
    capacity_rows = max(schema.capacity_rows for schema in proposal.schemas)
    return 1 + capacity_rows * columns * _CELL_MICROSECONDS // 1_000_000


def _columns(home: AgentHome, prepared: Prepared) -> tuple[bytes, ...]:
    membership = prepared.question.holding
    if membership.table is None:
        return ()
    schema = membership.own_schema
    factors = own_factors(schema, prepared.price.lowered.moments)
    with own_rows(home, membership.table.file, schema) as rows:
        return join_columns(factors, rows.with_people()).blocks()
