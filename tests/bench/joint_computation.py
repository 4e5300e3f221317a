"""What a consortium's members spend: `python joint_computation.py`, beside stock MPyC.

Three real workers on loopback, TLS and all, and three processes of MPyC as it comes, in turns;
medians of the rounds, of the member that spent most. Workers hand over shares, and so does MPyC.
The verified runs have no rival.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from world.loopback import free_ports
from world.mpc_members import Cast, worker

from crypto.mpc.programs.join_arguments import MATCH, Column, Factor, JoinArguments, Output, Table
from crypto.mpc.programs.names import JOIN, UNION
from crypto.mpc.programs.union import Union
from crypto.mpc.specification import ProgramCall

MEMBERS = 3
_HERE = Path(__file__).parent
_WORKER = (str(_HERE / "joint_worker.py"),)
Spent = Mapping[str, float]
"""`cpu_seconds` and `bytes_sent` of the member that spent most."""
Blocks = Mapping[int, Sequence[bytes]]


def ours(call: ProgramCall, blocks: Blocks | None = None, *, is_verified: bool = False) -> Spent:
    """One session of workers."""
    cast = Cast.of(MEMBERS)
    with ExitStack() as stack:
        workers = []
        for point in range(1, MEMBERS + 1):
            own = (blocks or {}).get(point, ())
            session = cast.session(point, program=call, blocks=len(own), is_verified=is_verified)
            workers.append(stack.enter_context(worker(session, *own, start=_WORKER)))
        for each in workers:
            each.until("connected")
        for each in workers:
            each.go()
        ends = [each.until("done") for each in workers]
    return {
        "cpu_seconds": max(end["cpu_milliseconds"] for end in ends) / 1000,
        "bytes_sent": max(end["bytes_sent"] for end in ends),
    }


def stock(case: str, count: int) -> Spent:
    """One run of MPyC's own processes."""
    addresses = [f"-P127.0.0.1:{port}" for port in free_ports(MEMBERS)]
    command = [sys.executable, str(_HERE / "stock_mpyc.py"), *addresses, "--no-log"]
    members = [
        subprocess.Popen(
            [*command, f"-I{index}", case, str(count)], stdout=subprocess.PIPE, text=True
        )
        for index in range(MEMBERS)
    ]
    told = [json.loads(member.communicate()[0].splitlines()[-1]) for member in members]
    return {key: max(each[key] for each in told) for key in ("cpu_seconds", "bytes_sent")}


def union_of(outputs: int) -> Callable[[], Spent]:
    """Sums with noise, as a plan of a consortium asks for them."""
    call = ProgramCall(UNION, Union("gaussian", (2**50,) * outputs).to_json())
    block = np.arange(outputs, dtype="<i8").tobytes()
    return lambda: ours(call, {point: [block] for point in range(1, MEMBERS + 1)})


def bare(name: str, count: int, *, is_verified: bool = False) -> Callable[[], Spent]:
    """A primitive of that many numbers."""
    return lambda: ours(ProgramCall(name, {"count": count}), is_verified=is_verified)


def join_of(rows: int, columns: Sequence[int], *, is_verified: bool) -> Callable[[], Spent]:
    """Two tables of so many people, half of them in both, with one product if there are columns."""
    table = tuple(Column(bits, group) for group, bits in enumerate(columns))
    first: tuple[Factor, ...] = (("left", 0), ("right", 0)) if columns else (MATCH,)
    rest: list[Factor] = [("left", place) for place in range(1, len(columns))]
    rest += [("right", place) for place in range(1, len(columns))]
    outputs = tuple(Output(factors, 2**40) for factors in (first, *((each,) for each in rest)))
    arguments = JoinArguments("gaussian", Table(1, rows, table), Table(3, rows, table), outputs)
    draw = np.random.default_rng(0)
    people = draw.bytes(32 * 3 * rows // 2)
    cells = [draw.integers(0, 2**bits, rows).astype("<u2").tobytes() for bits in columns]
    blocks = {1: [people[: 32 * rows], *cells], 3: [people[-32 * rows :], *cells]}
    call = ProgramCall(JOIN, arguments.to_json())
    return lambda: ours(call, blocks, is_verified=is_verified)


CASES: Mapping[str, Callable[[], Spent]] = {
    "vector sum of 100,000": bare("vector-sum", 100_000),
    "vector sum of 100,000, MPyC": lambda: stock("vector-sum", 100_000),
    "vector sum of 100,000, verified": bare("vector-sum", 100_000, is_verified=True),
    "vector sum of 1,000,000": bare("vector-sum", 1_000_000),
    "vector sum of 1,000,000, MPyC": lambda: stock("vector-sum", 1_000_000),
    "histogram of 1,000 cells with noise": union_of(1_000),
    "sum of 1,000 without noise, MPyC": lambda: stock("vector-sum", 1_000),
    "66 moments with noise": union_of(66),
    "sum of 66 without noise, MPyC": lambda: stock("vector-sum", 66),
    "dot product of 100,000": bare("dot", 100_000),
    "dot product of 100,000, MPyC": lambda: stock("dot", 100_000),
    "dot product of 100,000, verified": bare("dot", 100_000, is_verified=True),
    "intersection count of 2 x 1,000,000": join_of(1_000_000, (), is_verified=False),
    "join of 2 x 10,000, two numbers a side, verified": join_of(10_000, (16, 16), is_verified=True),
}  # fmt: skip


def measure(rounds: int = 5, cases: Mapping[str, Callable[[], Spent]] = CASES) -> dict[str, object]:
    """Seconds of CPU and bytes sent of a member, and the ratios that matter."""
    spent: dict[str, list[Spent]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, run in cases.items():
            spent[name].append(run())
    seconds = {name: _median(runs, "cpu_seconds") for name, runs in spent.items()}
    sent = {name: _median(runs, "bytes_sent") for name, runs in spent.items()}
    ratios = {
        f"{name}: {what}": round(seconds[f"{name}, {rival}"] / seconds[name], 2)
        for name in cases
        for what, rival in (("MPyC against ours", "MPyC"), ("verified against plain", "verified"))
        if f"{name}, {rival}" in cases
    }
    return {
        "CPU seconds of a member": seconds,
        "bytes sent by a member": sent,
        "ratios": ratios,
    }


def _median(runs: Sequence[Spent], key: str) -> float:
    return round(statistics.median(run[key] for run in runs), 4)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5), indent=2))
