"""The plan of a commit or a directory, built on the buyer's own machine.

The program is the buyer's; it runs under his own account, in a fresh isolated interpreter with an
empty environment, an empty home and limits on time, memory and files. It gets a schema and a place
to write, never a key or a token. What it leaves is read as strictly as the platform's sandbox does:
canonical JSON, {"plan", "trace"} or {"refusal"}.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import market
from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from market import wire
from market.adapters.repository import FetchLimits, fetch_commit
from market.errors import Refused
from market.plan.expression import Plan, plan_hash
from market.plan.schema import Schema

_PLAN_BYTES = 1_000_000
_MEMORY_BYTES = 2_000_000_000
# What runs in the new interpreter: our packages' place first, then the program of the repository.
_START = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module('market.plan.program', run_name='__main__', alter_sys=True)"
)


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """A plan, and where in the repository each statistic was written."""

    plan: Plan
    trace: Json


def fetch_and_build(
    repository: str, commit: str, schema: Schema, limits: FetchLimits, *, wall_seconds: int = 30
) -> BuiltPlan:
    """Build the plan of a commit, fetched from its repository.

    Raises:
        Refused: the address, the commit or the program breaks a rule.
        Unavailable: the repository does not answer, or git is not installed.
    """
    with tempfile.TemporaryDirectory(prefix="market-fetch-") as name:
        checkout = Path(name) / "repository"
        fetch_commit(repository, commit, checkout, limits)
        return build_directory(checkout, schema, wall_seconds=wall_seconds)


def build_directory(directory: Path, schema: Schema, *, wall_seconds: int = 30) -> BuiltPlan:
    """Build the plan of a directory as it lies there.

    Raises:
        Refused: with file, line and rule where the program broke one; `program-too-slow`,
            `program-died` or `plan-malformed` when it left no plan.
    """
    with tempfile.TemporaryDirectory(prefix="market-plan-") as name:
        work = Path(name)
        (work / "schema.json").write_bytes(wire.encode(schema))
        status = _run(directory.resolve(), work, wall_seconds)
        return _read(work / "plan.json", status)


def require_same(built: Plan, plan_text: str, schema: Schema) -> None:
    """That the platform's plan is, byte for byte, the one built here.

    Raises:
        Refused: `plan-differs`, with both hashes; `plan-malformed` for no plan at all.
    """
    ours = wire.encode(built)
    if ours == plan_text.encode():
        return
    raise Refused(
        "plan-differs",
        f"The platform's plan has hash {_hash_of(plan_text, schema)}; the commit gives "
        f"{plan_hash(built, schema)} on this machine.",
        "Do not sign. If the program depends on time, chance or this machine, correct it and "
        "submit the new commit; if not, the platform altered the plan: tell the dataset's owner.",
    )


def _hash_of(plan_text: str, schema: Schema) -> str:
    try:
        return plan_hash(wire.decode(Plan, plan_text.encode()), schema)
    except FormatError as error:
        raise Refused(
            "plan-malformed",
            f"The platform's plan is no plan: {error}.",
            "Do not sign; tell the platform.",
        ) from error


def _run(directory: Path, work: Path, wall_seconds: int) -> int:
    ours = Path(market.__file__).parent.parent
    paths = [str(ours), str(directory), str(work / "schema.json"), str(work / "plan.json")]
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", _START, *paths],
        cwd=directory,
        env={"PATH": os.defpath, "HOME": str(work), "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_limit,
    )
    try:
        return process.wait(wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise Refused(
            "program-too-slow",
            f"The program ran for more than {wall_seconds} seconds.",
            "Only describe the statistics in build(ds); nothing is computed there.",
        ) from error
    finally:
        # Whatever the program started ends with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (_PLAN_BYTES * 2, _PLAN_BYTES * 2))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(path: Path, status: int) -> BuiltPlan:
    if path.is_symlink() or not path.is_file():
        raise Refused(
            "program-died",
            f"The program ended with status {status} and left no plan.",
            "Run `python -m market.plan.program` on it by hand to see what it prints.",
        )
    try:
        value = canonical.loads(path.read_bytes(), limit_bytes=_PLAN_BYTES)
        if isinstance(value, dict) and set(value) == {"refusal"}:
            raise _refusal(value["refusal"])
        if not isinstance(value, dict) or set(value) != {"plan", "trace"}:
            raise FormatError("expected the members plan and trace")
        return BuiltPlan(wire.from_json(Plan, value["plan"]), value["trace"])
    except FormatError as error:
        raise Refused(
            "plan-malformed",
            f"What the program left is not a plan: {error}.",
            "Return a dictionary of statistics from build(ds) and write no files.",
        ) from error


def _refusal(value: Json) -> Refused:
    members = ("code", "message", "next_action")
    if not isinstance(value, dict) or set(value) != set(members):
        raise FormatError("expected the members code, message and next_action")
    return Refused(*(str(value[name]) for name in members))
