"""What comes out of a union is the sum of all vectors and of all noise, to the last unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from world.local_parties import run_together

from crypto.errors import FormatError, ParameterError
from crypto.joint_noise import JointNoise
from crypto.mpc import field
from crypto.mpc.noise import draw_noise
from crypto.mpc.programs import union
from crypto.mpc.programs.fixed_list import PROGRAMS
from crypto.mpc.programs.union import Union, make_union

Drawn = list[list[int]]
SIZES = [(m, t) for m in range(3, 10) for t in range(1, (m - 1) // 2 + 1)]


@pytest.fixture(name="drawn", scope="module")
def record_noise() -> Iterator[Drawn]:
    """The noise that members really drew, as they drew it."""
    drawn: Drawn = []

    def record(noises: Sequence[JointNoise], *, point: int, entropy: bytes) -> field.Signed:
        values = draw_noise(noises, point=point, entropy=entropy)
        drawn.append(values.tolist())
        return values

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(union, "draw_noise", record)
        yield drawn


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SIZES), st.sampled_from(["gaussian", "laplace"]), st.booleans(), st.data())
def test_union_equals_the_plain_sum(
    drawn: Drawn, size: tuple[int, int], law: str, is_verified: bool, data: st.DataObject
) -> None:
    members, threshold = size
    outputs = data.draw(st.integers(1, 5))
    values = st.lists(st.integers(-(2**55), 2**55), min_size=outputs, max_size=outputs)
    # A member without data hands in nothing.
    vectors = {point: data.draw(values | st.none()) for point in range(1, members + 1)}
    blocks = {
        point: [np.array(vector, "<i8").tobytes()]
        for point, vector in vectors.items()
        if vector is not None
    }
    program = Union(
        law, tuple(data.draw(st.sampled_from([16, 10**6, 2**80])) for _ in range(outputs))
    )  # type: ignore[arg-type]
    drawn.clear()
    ended = run_together(
        program, blocks, members=members, threshold=threshold, is_verified=is_verified
    )
    given_ = [vector for vector in vectors.values() if vector is not None]
    wanted = [sum(column) for column in zip(*given_, *drawn, strict=True)]
    assert len(drawn) == members
    assert ended.opened() == wanted


def test_members_send_their_vector_to_each_once() -> None:
    program = Union("gaussian", (10**6,) * 100)
    ended = run_together(program, {}, members=4)
    assert [party.bytes_sent for party in ended.parties] == [3 * 800] * 4


def test_every_run_opens_something_else() -> None:
    program = Union("gaussian", (2**80,))
    opened = {run_together(program, {}, members=3).opened()[0] for _ in range(8)}
    assert len(opened) == 8


@pytest.mark.parametrize(
    "blocks", [[b""], [bytes(7)], [bytes(8), bytes(8)], [bytes(16), bytes(16)], [bytes(24)]]
)
def test_blocks_of_another_length_are_refused(blocks: list[bytes]) -> None:
    with pytest.raises(FormatError, match=r"expected \[16\]"):
        run_together(Union("gaussian", (100, 100)), {1: blocks}, members=3)


def test_values_the_field_does_not_hold_are_refused() -> None:
    with pytest.raises(ParameterError, match="half the prime"):
        run_together(Union("gaussian", (100,)), {1: [(2**62).to_bytes(8, "little")]}, members=3)


def test_arguments_are_read_as_they_are_written() -> None:
    program = Union("laplace", (2**80, 9))
    assert make_union(program.to_json()) == program
    assert PROGRAMS["union"](program.to_json()) == program
    assert program.to_json() == {"law": "laplace", "scales_squared": [str(2**80), "9"]}


def change(**changes: object) -> Callable[[], object]:
    return lambda: {"law": "gaussian", "scales_squared": ["9"]} | changes


@pytest.mark.parametrize(
    "arguments",
    [
        list,
        change(law="skellam"),
        change(law=["gaussian"]),
        change(scales_squared=[]),
        change(scales_squared="9"),
        change(scales_squared=["0"]),
        change(scales_squared=["-9"]),
        change(scales_squared=["9 "]),
        change(scales_squared=[9]),
        change(more=1),
    ],
)
def test_other_arguments_are_refused(arguments: Callable[[], object]) -> None:
    with pytest.raises(FormatError):
        make_union(arguments())


def test_a_union_may_run_unverified() -> None:
    assert not Union("gaussian", (9,)).needs_verification
