"""The programs of the list, each member's in the process that the product starts for it.

There nothing can be unpickled, kernels and all: what works in this process may not work there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import pytest
from world.joins import a_count, a_join
from world.mpc_members import PRODUCT_WORKER, Cast, worker

from crypto import shamir
from crypto.mpc.specification import ProgramCall

pytestmark = pytest.mark.processes
DEVIATION = 2**20


def opened(
    program: ProgramCall, blocks: Mapping[int, Sequence[bytes]], *, is_verified: bool
) -> list[int]:
    """What the recipient of three members' shares reads."""
    cast = Cast.of(3)
    with ExitStack() as stack:
        members = []
        for point in (1, 2, 3):
            own = blocks.get(point, ())
            session = cast.session(point, program=program, blocks=len(own), is_verified=is_verified)
            members.append(stack.enter_context(worker(session, *own, start=PRODUCT_WORKER)))
        for member in members:
            member.until("connected")
            member.go()
        shares = [map(shamir.parse_share, member.end()["shares"]) for member in members]
    values = []
    for each in zip(*shares, strict=True):
        read = shamir.interpolate(dict(enumerate(each, start=1)), members=3, threshold=1)
        assert read.is_consistent
        values.append(read.value)
    return values


def as_block(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little", signed=True) for value in values)


@pytest.mark.parametrize("is_verified", [False, True])
def test_union_adds_members_vectors_and_noise(is_verified: bool) -> None:
    union = ProgramCall("union", {"law": "gaussian", "scales_squared": [str(DEVIATION**2)] * 2})
    blocks = {1: [as_block(5 * 2**40, -7 * 2**40)], 2: [as_block(2**40, 2**41)]}
    values = opened(union, blocks, is_verified=is_verified)
    for value, total in zip(values, (6 * 2**40, -5 * 2**40), strict=True):
        assert value != total
        assert abs(value - total) < 20 * DEVIATION


def test_join_multiplies_across_members() -> None:
    case = a_join()
    values = opened(ProgramCall("join", case.arguments.to_json()), case.blocks, is_verified=True)
    assert all(abs(v - p) < 200 for v, p in zip(values, case.plain(), strict=True))
    assert values != case.plain()


def test_count_of_an_intersection_runs_unverified() -> None:
    case = a_count()
    (value,) = opened(ProgramCall("join", case.arguments.to_json()), case.blocks, is_verified=False)
    assert abs(value - case.plain()[0]) < 200
