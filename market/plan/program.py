"""Runs a repository's `job.py` and collects the plan it builds.

    job.py       def build(ds): ...      returns a dict from name to question
                 LAW = "laplace"         optional; "gaussian" otherwise
    shares.json  {"name": 12}            optional; shares in place of the program's own

Standard library only: the sandbox runs this module without network, data or installed packages,

    python -m market.plan.program REPOSITORY INPUT OUT

INPUT holds canonical JSON (market.plan.program_input); OUT receives canonical JSON,
{"plan", "trace"} or {"refusal"}. Whoever reads OUT trusts nothing in it: the program ran in the
same process.

Rules beside the plan's own: program-missing, program-syntax, program-import, program-raised,
program-build, program-return, program-law, program-duplicate-name, program-shares, plan-name,
plan-empty, plan-too-many.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import types
from collections.abc import Sequence
from pathlib import Path

from crypto import canonical
from crypto.canonical import Json
from market import wire
from market.errors import Refused
from market.plan.asked import AskedStatistic
from market.plan.dataset import Dataset
from market.plan.lowered import lower
from market.plan.plan import (
    MAXIMUM_STATISTICS,
    PLAN_VERSION,
    STATISTIC_NAME,
    NamedStatistic,
    NoiseLaw,
    Plan,
)
from market.plan.program_input import ProgramInput
from market.plan.program_shares import SHARES, check_asked, read_shares
from market.plan.program_source import (
    PROGRAM,
    Location,
    Source,
    guarded,
    importable,
    load_source,
    located,
    relative_location,
)
from market.plan.refusals import Encrypted, rows_refused

Trace = dict[str, str]
"""Where each statistic was asked for, as file:line, by its name."""


def run_program(path: Path, asked: ProgramInput) -> tuple[Plan, Trace]:
    """The plan of the repository at `path`, and where each statistic was written.

    Raises:
        Refused: a `plan-...` or `program-...` rule; the message starts with file and line.
    """
    root = path.resolve()
    source = load_source(root)
    with importable(root):
        module = guarded(lambda: _execute(source, root), root, Location(PROGRAM, 1))
        build = guarded(lambda: _build_of(module), root, source.build)
        built = guarded(lambda: build(Dataset(asked.schema)), root, source.build)
        law = guarded(lambda: _law_of(module), root, Location(PROGRAM, 1))
    questions = guarded(lambda: _questions(built), root, source.build)
    trace = {
        name: relative_location(*question.origin, root, source.build)
        for name, question in questions.items()
    }
    for name, location in trace.items():
        _check_name(name, location)
    shares = guarded(lambda: read_shares(root), root, Location(SHARES, 1))
    guarded(lambda: check_asked(shares, questions), root, Location(SHARES, 1))
    plan = Plan(
        PLAN_VERSION,
        asked.datasets,
        law,
        tuple(
            NamedStatistic(name, shares.get(name, q.share), q.statistic)
            for name, q in questions.items()
        ),
    )
    guarded(lambda: lower(plan, asked.schema), root, source.build)
    return plan, {name: str(location) for name, location in trace.items()}


def outcome(path: Path, asked: ProgramInput) -> Json:
    """What the sandbox writes: {"plan", "trace"} or {"refusal"}."""
    try:
        plan, trace = run_program(path, asked)
    except Refused as refusal:
        return {
            "refusal": {
                "code": refusal.code,
                "message": refusal.message,
                "next_action": refusal.next_action,
            }
        }
    return {"plan": wire.to_json(plan), "trace": trace}


def main(arguments: Sequence[str]) -> int:
    """Run a repository's program on an input, and write what it asks, or its refusal; 0.

    Arguments are three paths: repository, input, output. What the program prints is dropped.
    """
    repository, input_file, out = arguments
    asked = wire.decode(ProgramInput, Path(input_file).read_bytes())
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        result = outcome(Path(repository), asked)
    Path(out).write_bytes(canonical.dumps(result))
    return 0


def _execute(source: Source, root: Path) -> types.ModuleType:
    module = types.ModuleType("job")
    module.__file__ = str(root / PROGRAM)
    sys.modules["job"] = module
    exec(source.code, module.__dict__)  # noqa: S102 - running the program is what this module is for
    return module


def _build_of(module: types.ModuleType) -> types.FunctionType:
    build = module.__dict__.get("build")
    if isinstance(build, types.FunctionType) and not inspect.iscoroutinefunction(build):
        required = [
            parameter
            for parameter in inspect.signature(build).parameters.values()
            if parameter.default is parameter.empty
        ]
        if len(required) == 1 and required[0].kind in (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
        ):
            return build
    raise Refused(
        "program-build",
        f"{PROGRAM} defines no function build with one parameter.",
        "Write `def build(ds): return {...}`.",
    )


def _law_of(module: types.ModuleType) -> NoiseLaw:
    law = module.__dict__.get("LAW", "gaussian")
    if type(law) is str:
        if law == "gaussian":
            return "gaussian"
        if law == "laplace":
            return "laplace"
    raise Refused(
        "program-law",
        "LAW is not one of gaussian and laplace.",
        'Write LAW = "laplace", or leave it out.',
    )


def _questions(built: object) -> dict[str, AskedStatistic]:
    if isinstance(built, Encrypted):
        raise _not_a_question(built)
    if type(built) is not dict:
        raise Refused(
            "program-return",
            f"build returned {type(built).__name__:.60}, expected a dictionary.",
            "Return a dictionary from names to statistics.",
        )
    if not built:
        raise Refused(
            "plan-empty", "build returned no statistic.", "Return at least one statistic."
        )
    if len(built) > MAXIMUM_STATISTICS:
        raise Refused(
            "plan-too-many",
            f"build returned {len(built)} statistics, expected at most {MAXIMUM_STATISTICS}.",
            "Split them over several jobs.",
        )
    for name, question in built.items():
        if type(name) is not str:
            raise _name_refused()
        if type(question) is not AskedStatistic:
            raise _not_a_question(question)
    return dict(built)


def _not_a_question(seen: object) -> Refused:
    if isinstance(seen, Encrypted):
        return rows_refused()
    return Refused(
        "program-return",
        f"build returned {type(seen).__name__:.60}, expected a statistic.",
        "Return statistics of the dataset, such as ds.count().",
    )


def _check_name(name: str, location: Location) -> None:
    if not STATISTIC_NAME.fullmatch(name):
        raise located(_name_refused(), location)


def _name_refused() -> Refused:
    return Refused(
        "plan-name",
        "A statistic's name is not a lower-case ASCII word.",
        "Use a to z, 0 to 9 and _, a letter first, at most 60 characters.",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
