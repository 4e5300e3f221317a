"""The product's programs in real workers: processes, their connections, their pipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import numpy as np
import pytest
from world.joins import a_count, a_join
from world.mpc_members import PRODUCT_WORKER, Cast, blame, worker

from crypto.joint_noise import joint_noise
from crypto.mpc.programs.join import Join
from crypto.mpc.programs.names import JOIN, UNION
from crypto.mpc.programs.union import Union
from crypto.mpc.specification import ProgramCall
from crypto.shamir import interpolate, parse_share

pytestmark = pytest.mark.processes


def opened(
    call: ProgramCall, blocks: Mapping[int, Sequence[bytes]], members: int, *, is_verified: bool
) -> list[int]:
    """What a recipient opens of what all workers hand to their agents."""
    cast = Cast.of(members)
    with ExitStack() as stack:
        workers = []
        for point in range(1, members + 1):
            own = blocks.get(point, ())
            session = cast.session(point, program=call, blocks=len(own), is_verified=is_verified)
            workers.append(stack.enter_context(worker(session, *own, start=PRODUCT_WORKER)))
        for each in workers:
            each.until("connected")
            each.go()
        ends = [each.end() for each in workers]
    shares = zip(*(end["shares"] for end in ends), strict=True)
    values = [
        interpolate(
            {point: parse_share(text) for point, text in enumerate(texts, 1)},
            members=members,
            threshold=(members - 1) // 2,
        )
        for texts in shares
    ]
    assert all(value.is_consistent for value in values)
    return [value.value for value in values]


@pytest.mark.parametrize(("members", "is_verified"), [(3, False), (4, True)])
def test_union_of_workers_is_the_sum_within_its_noise(members: int, is_verified: bool) -> None:
    program = Union("gaussian", (100, 100))
    blocks = {p: [np.array([p * 2**40, -p], "<i8").tobytes()] for p in range(1, members)}
    values = opened(ProgramCall(UNION, program.to_json()), blocks, members, is_verified=is_verified)
    tail = joint_noise("gaussian", 100, members=members, threshold=(members - 1) // 2).tail
    total = sum(range(1, members))
    assert values == [pytest.approx(total * 2**40, abs=tail), pytest.approx(-total, abs=tail)]


def test_join_of_workers_is_the_aligned_sum_within_its_noise() -> None:
    case = a_join(rows=300)
    call = ProgramCall(JOIN, Join(case.arguments).to_json())
    values = opened(call, case.blocks, 3, is_verified=True)
    tail = joint_noise("gaussian", 16, members=3, threshold=1).tail
    assert values == [pytest.approx(plain, abs=tail) for plain in case.plain()]


def test_count_of_workers_needs_no_verification() -> None:
    case = a_count(rows=5_000)
    call = ProgramCall(JOIN, Join(case.arguments).to_json())
    (value,) = opened(call, case.blocks, 3, is_verified=False)
    assert value == pytest.approx(2_500 * 65_535, abs=1_000)


def test_join_of_columns_is_refused_unverified_before_any_connection() -> None:
    case = a_join()
    call = ProgramCall(JOIN, Join(case.arguments).to_json())
    session = Cast.of(3).session(2, program=call)
    with worker(session, start=PRODUCT_WORKER) as alone:
        assert blame(alone.end()) == ("specify", 0, "session-unverified")
        assert [event["event"] for event in alone.events] == ["aborted"]


def test_table_over_its_capacity_is_refused_before_any_connection() -> None:
    """Nothing was charged by then: the agent debits once all are connected."""
    case = a_count(rows=4)
    call = ProgramCall(JOIN, Join(case.arguments).to_json())
    session = Cast.of(3).session(2, program=call, blocks=1)
    with worker(session, bytes(32 * 5), start=PRODUCT_WORKER) as alone:
        end = alone.end()
        assert blame(end) == ("specify", 0, "inputs-refused")
        assert "5 rows, expected at most 4" in end["reason"]
        assert [event["event"] for event in alone.events] == ["aborted"]
