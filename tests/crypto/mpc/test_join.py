"""What comes out of a join is what the aligned rows say in the clear, plus all noise, exactly."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from world.joins import JoinCase, a_count, a_join, blocks_of, join_cases
from world.local_parties import run_together

from crypto.errors import FormatError, ParameterError
from crypto.joint_noise import JointNoise
from crypto.mpc import field
from crypto.mpc.noise import draw_noise
from crypto.mpc.programs import join
from crypto.mpc.programs.fixed_list import PROGRAMS
from crypto.mpc.programs.join import Join, make_join

Drawn = list[list[int]]


@pytest.fixture(name="drawn", scope="module")
def record_noise() -> Iterator[Drawn]:
    """The noise that members really drew, as they drew it."""
    drawn: Drawn = []

    def record(noises: Sequence[JointNoise], *, point: int, entropy: bytes) -> field.Signed:
        values = draw_noise(noises, point=point, entropy=entropy)
        drawn.append(values.tolist())
        return values

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(join, "draw_noise", record)
        yield drawn


def with_noise(case: JoinCase, drawn: Drawn) -> list[int]:
    assert len(drawn) == 3
    return [sum(column) for column in zip(case.plain(), *drawn, strict=True)]


@settings(max_examples=60, deadline=None)
@given(join_cases())
def test_join_equals_the_plain_sums(drawn: Drawn, case: JoinCase) -> None:
    drawn.clear()
    ended = run_together(Join(case.arguments), case.blocks, members=3, is_verified=True)
    assert ended.opened() == with_noise(case, drawn)


def test_blocks_of_rows_add_up(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine rows of 37 bits at a time, and messages in pieces of seven elements."""
    case = a_join(rows=60)
    monkeypatch.setattr(join, "BLOCK_ELEMENTS", 9 * 37)
    monkeypatch.setattr("crypto.mpc.primitives.PIECE_ELEMENTS", 7)
    monkeypatch.setattr("crypto.mpc.programs.join_rows.PIECE_ELEMENTS", 200)
    drawn.clear()
    ended = run_together(Join(case.arguments), case.blocks, members=3, is_verified=True)
    assert ended.opened() == with_noise(case, drawn)


def test_join_without_machine_code_is_the_same(
    drawn: Drawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(field, "KERNELS", field.load("numpy"))
    case = a_join()
    drawn.clear()
    ended = run_together(Join(case.arguments), case.blocks, members=3, is_verified=True)
    assert ended.opened() == with_noise(case, drawn)


@pytest.mark.parametrize("is_verified", [False, True])
def test_a_count_runs_verified_or_not(drawn: Drawn, is_verified: bool) -> None:
    case = a_count()
    assert not Join(case.arguments).needs_verification
    drawn.clear()
    ended = run_together(Join(case.arguments), case.blocks, members=3, is_verified=is_verified)
    assert ended.opened() == with_noise(case, drawn)


def test_anything_else_runs_verified_only() -> None:
    program = Join(a_join().arguments)
    assert program.needs_verification
    with pytest.raises(ParameterError, match="unverified"):
        run_together(program, a_join().blocks, members=3)


def test_what_is_sent_is_a_function_of_the_capacities() -> None:
    """Not of how many people there are, how many are shared, or what their cells hold."""
    full, program = a_join(), Join(a_join().arguments)
    few = JoinCase(full.arguments, {"p1": (1, 0, 1)}, {})
    ran = [run_together(program, case.blocks, members=3, is_verified=True) for case in (full, few)]
    sent = [[party.bytes_sent for party in ended.parties] for ended in ran]
    assert sent[0] == sent[1]


def test_more_rows_than_the_capacity_are_refused() -> None:
    case = a_count(rows=4)
    five = blocks_of({f"p{i}": () for i in range(5)}, 0)
    with pytest.raises(ParameterError, match="5 rows, expected at most 4"):
        run_together(Join(case.arguments), case.blocks | {2: five}, members=3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda b: b[:-1], "3 blocks, expected 4"),
        (lambda b: [b[0] + b"x", *b[1:]], "multiple of 32"),
        (lambda b: [*b[:3], b[3] + b"xx"], "column has"),
        (lambda b: [b[0][:32] * (len(b[0]) // 32), *b[1:]], "stands in two rows"),
        (lambda b: [*b[:3], b"\x02" + b[3][1:]], "more than 0 and 1"),
        (lambda b: [*b[:2], b[2], b[2]], "two levels"),
    ],
)
def test_blocks_that_are_no_table_are_refused(
    change: Callable[[list[bytes]], list[bytes]], words: str
) -> None:
    case = a_join()
    blocks = case.blocks | {1: change(case.blocks[1])}
    with pytest.raises(FormatError, match=words):
        run_together(Join(case.arguments), blocks, members=3, is_verified=True)


def test_a_helper_hands_in_nothing() -> None:
    case = a_join()
    with pytest.raises(FormatError, match="helps"):
        run_together(Join(case.arguments), case.blocks | {2: [b""]}, members=3, is_verified=True)


def test_only_three_members_join() -> None:
    case = a_count()
    with pytest.raises(ParameterError, match="4 members join, expected 3"):
        run_together(Join(case.arguments), case.blocks, members=4)


def test_arguments_are_read_as_they_are_written() -> None:
    for program in (Join(a_join().arguments), Join(a_count().arguments)):
        assert make_join(program.to_json()) == program
        assert PROGRAMS["join"](program.to_json()) == program


def arguments(**changes: object) -> dict[str, object]:
    return {
        "law": "gaussian",
        "left": {"point": 1, "capacity_rows": 9, "columns": [[16, 0]]},
        "right": {"point": 2, "capacity_rows": 9, "columns": []},
        "outputs": [{"factors": [["left", 0]], "scale_squared": "9"}],
    } | changes


def side(**changes: object) -> dict[str, object]:
    return {"point": 1, "capacity_rows": 9, "columns": [[16, 0]]} | changes


def output(*factors: object) -> list[object]:
    return [{"factors": list(factors), "scale_squared": "9"}]


@pytest.mark.parametrize(
    "changed",
    [
        {"law": "none"},
        {"left": side(point=2)},
        {"left": side(point=4)},
        {"left": side(capacity_rows=0)},
        {"left": side(capacity_rows=2**24 + 1)},
        {"left": side(columns=[[16, 0]] * 5, capacity_rows=2**20)},
        {"left": side(columns=[[2, 0]])},
        {"left": side(columns=[[16]])},
        {"left": side(columns=[[16, -1]])},
        {"left": side(columns=[[16, 0], [1, 1]])},
        {"outputs": []},
        {"outputs": output()},
        {"outputs": output(["left", 0], ["left", 0], ["left", 0])},
        {"outputs": output(["left", 1])},
        {"outputs": output(["right", 0])},
        {"outputs": output(["match", 1])},
        {"outputs": output(["left"])},
        {"outputs": output(["helper", 0])},
        {"outputs": output(["match", 0])},
        {"more": 1},
    ],
)
def test_other_arguments_are_refused(changed: dict[str, object]) -> None:
    assert make_join(arguments()).needs_verification
    with pytest.raises(FormatError):
        make_join(arguments(**changed))


def test_people_are_known_by_sixteen_bytes_of_their_digest() -> None:
    """Ids that agree there would be one person: SHA-256 leaves that to chance, 2^-128 a pair."""
    case = a_count(rows=2)
    digest = hashlib.sha256(b"p0").digest()
    clash = digest[:16] + bytes(16)
    with pytest.raises(FormatError, match="two rows"):
        run_together(Join(case.arguments), case.blocks | {2: [digest + clash]}, members=3)


@pytest.mark.processes
def test_who_writes_arguments_loads_no_kernels() -> None:
    """An agent makes them; numba and NumPy are the worker's."""
    script = (
        "import crypto.mpc.programs.join_arguments, crypto.mpc.programs.names, sys\n"
        "print(sorted({'numba', 'numpy', 'mpyc'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
