"""The PlanBuilder port: fetch a commit, build its plan twice in the sandbox, compare.

The second build has another clock and another hash seed. A program whose plan depends on either
is refused, since nobody could rebuild what was signed.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import crypto
import market
from crypto import canonical
from crypto.errors import FormatError
from market import wire
from market.adapters.repository import FetchLimits, fetch_commit
from market.adapters.sandbox.output import Folders, hand_over, read_output
from market.adapters.sandbox.run import SandboxLimits, Weather, run_sandboxed
from market.errors import Refused
from market.plan.expression import Plan
from market.plan.moments import plan_outputs
from market.plan.schema import Schema

_PLAN_BYTES = 1_000_000
_PLACE = re.compile(r"[A-Za-z0-9._/ ?-]{1,100}:[0-9]{1,9}")
_RULE = re.compile(r"(plan|program)-[a-z]{1,20}(-[a-z]{1,20}){0,3}")
_LONGEST_WORDS = 600
_CALM = Weather(clock_offset="", hash_seed=1)
_OTHER = Weather(clock_offset="+401d", hash_seed=2)

# What a program may import of ours: the plan language, without NumPy, and what it stands on.
_SDK = (
    "crypto/__init__.py",
    "crypto/canonical.py",
    "crypto/errors.py",
    "market/__init__.py",
    "market/errors.py",
    "market/wire.py",
    "market/plan/__init__.py",
    "market/plan/cells.py",
    "market/plan/dataset.py",
    "market/plan/decimals.py",
    "market/plan/expression.py",
    "market/plan/factors.py",
    "market/plan/moments.py",
    "market/plan/polynomial.py",
    "market/plan/program.py",
    "market/plan/program_source.py",
    "market/plan/quantity.py",
    "market/plan/refusals.py",
    "market/plan/schema.py",
    "market/plan/text.py",
)


@dataclass(frozen=True, slots=True)
class SandboxPlanBuilder:
    """market.ports.stages.PlanBuilder on git and bubblewrap."""

    fetch: FetchLimits
    sandbox: SandboxLimits

    def build(self, repository: str, commit: str, schema: Schema) -> bytes:
        """See the port. Deterministic in (commit, schema), or refused."""
        with tempfile.TemporaryDirectory(prefix="market-plan-") as name:
            work = Path(name)
            fetch_commit(repository, commit, work / "repository", self.fetch)
            _stage(work, schema)
            hand_over(work)
            first = self._once(work, "first", _CALM)
            second = self._once(work, "second", _OTHER)
        if first != second:
            raise Refused(
                "program-not-deterministic",
                "The program gave two different plans in two runs.",
                "Build the plan from the repository alone: no clock, no random numbers, no sets' "
                "order.",
            )
        return _accept(first, schema)

    def _once(self, work: Path, run: str, weather: Weather) -> bytes:
        folders = Folders(
            work / "repository", work / "sdk", work / "input", work / run / "plan.json"
        )
        arguments = ["-m", "market.plan.program", "/repo", "/input/schema.json", "/out/plan.json"]
        outcome = run_sandboxed(arguments, folders, self.sandbox, weather)
        if outcome.is_too_slow:
            raise Refused(
                "program-too-slow",
                f"The program ran for more than {self.sandbox.wall_seconds} seconds.",
                "Only describe the statistics in build(ds); nothing is computed there.",
            )
        document = read_output(folders.output, _PLAN_BYTES)
        if not document:
            raise Refused(
                "program-died",
                f"The program ended with status {outcome.status} and left no plan.",
                "Run it on the twin first: market job run --twin DATASET.",
            )
        return document


def _stage(work: Path, schema: Schema) -> None:
    sources = {"crypto": Path(crypto.__file__).parent, "market": Path(market.__file__).parent}
    for name in _SDK:
        package, _, below = name.partition("/")
        target = work / "sdk" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sources[package] / below, target)
    for folder in ("input", "first", "second"):
        (work / folder).mkdir()
    for run in ("first", "second"):
        (work / run / "plan.json").touch()
    (work / "input" / "schema.json").write_bytes(wire.encode(schema))


def _accept(document: bytes, schema: Schema) -> bytes:
    """The document, if it is a plan in canonical JSON that can be opened; a refusal is raised."""
    try:
        value = canonical.loads(document, limit_bytes=_PLAN_BYTES)
        if isinstance(value, dict) and set(value) == {"refusal"}:
            raise _refusal(value["refusal"])
        if not isinstance(value, dict) or set(value) != {"plan", "trace"}:
            raise FormatError("expected the members plan and trace")
        plan = wire.from_json(Plan, value["plan"])
        _check_trace(value["trace"], plan)
    except FormatError as error:
        # The text of the error may quote what the program wrote.
        raise Refused(
            "plan-malformed",
            "What the program left is not a plan in canonical JSON.",
            "Return a dictionary of statistics from build(ds) and write no files.",
        ) from error
    # The rules were checked in the sandbox, by code the program could have changed.
    plan_outputs(plan, schema)
    return document


def _check_trace(trace: object, plan: Plan) -> None:
    """The program ran beside the code that wrote the trace: anything may stand in it."""
    names = {named.name for named in plan.statistics}
    if not isinstance(trace, dict) or set(trace) != names:
        raise FormatError("expected a trace of every statistic")
    if not all(isinstance(place, str) and _PLACE.fullmatch(place) for place in trace.values()):
        raise FormatError("expected file:line in the trace")


def _refusal(value: object) -> Refused:
    """A refusal of the plan's own rules, as far as its form tells; its words may be forged."""
    if not isinstance(value, dict) or set(value) != {"code", "message", "next_action"}:
        raise FormatError("expected the members code, message and next_action")
    code, *words = (value[name] for name in ("code", "message", "next_action"))
    if not isinstance(code, str) or not _RULE.fullmatch(code):
        raise FormatError("expected the code of a rule of plans or programs")
    for text in words:
        if not isinstance(text, str) or not text.isprintable() or len(text) > _LONGEST_WORDS:
            raise FormatError("expected one short printable line")
    return Refused(code, *words)
