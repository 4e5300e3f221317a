"""Members' sums, shared and opened, are the plaintext reader's moments and the noise, no more."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies.plans import Case, as_columns, cases
from world.lattices import union_lattice
from world.members_market import deal

from crypto.parameters import PRODUCTS
from crypto.shamir import interpolate
from market.errors import Refused
from market.plan.answers import answers
from market.plan.lowered import lower
from market.pricing.quote import quote
from market.tables.coded_rows import CodedRows
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder, encode_table
from market.tables.local_sums import local_sums
from market.tables.plaintext import plaintext_moments
from market.tables.table import batch_of


def coded(case: Case, rows: list[dict[str, object]]) -> CodedRows:
    encoder = Encoder(case.schema, CountedInMemory())
    return encoder.encode(batch_of(as_columns(rows), case.schema))


@settings(max_examples=40)
@given(cases(), st.integers(3, 9), st.data())
def test_opened_moments_are_those_of_the_plaintext_reader_and_known_noise(
    case: Case, members: int, data: st.DataObject
) -> None:
    lattice = union_lattice(case.schema, members)
    lowered = lower(case.plan, case.schema)
    try:
        priced = quote(lowered, 10**12, "0.000001", lattice)
    except Refused:
        return
    home = data.draw(st.lists(st.integers(0, members - 1), min_size=50, max_size=50))
    tables = [
        [row for place, row in enumerate(case.rows) if home[place % 50] == member]
        for member in range(members)
    ]
    sums, plain = [0] * len(priced.outputs), [0.0] * len(priced.outputs)
    for own in filter(None, tables):
        local = local_sums(case.schema, lowered.opened, [coded(case, own)], lattice.unit)
        sums = [a + b for a, b in zip(sums, local.tolist(), strict=True)]
        exact = plaintext_moments(
            lowered, encode_table(as_columns(own), case.schema, PRODUCTS).columns
        )
        plain = [
            value + exact[one.output].value
            for value, one in zip(plain, priced.outputs, strict=True)
        ]
    tail = lattice.tail(priced.outputs[0].law, priced.outputs[0].scale_squared)
    opened = {}
    for output, total, value in zip(priced.outputs, sums, plain, strict=True):
        noise = data.draw(st.integers(-tail, tail))
        shares = deal(total + noise, members, lattice.threshold)
        found = interpolate(
            dict(enumerate(shares, start=1)), members=members, threshold=lattice.threshold
        )
        assert (found.value, found.is_consistent) == (total + noise, True)
        moment = output.moment(found.value, lattice)
        # Every row is rounded to the lattice, and every member's weighted sum to its own.
        unit, weight = lattice.unit(output.degree, output.opened.weight), output.opened.weight
        rounding = weight * (len(case.rows) + 1) / lattice.unit(1) + (weight > 1) * members / unit
        assert abs(moment.value - value - noise / unit) <= rounding
        opened[output.output] = moment
    assert len(answers(lowered, opened)) == len(case.plan.statistics)
