"""Reading what a program's run left: a plan, or a refusal in the program's own words.

The program ran in the process that wrote the document: whatever stands in it may be forged. A plan
is checked again by the plan's own rules here, outside. The words of a refusal cannot be checked;
they are handed on as `program_says`, under a code and a message of our own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from market import wire
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.plan import MAXIMUM_PLAN_BYTES, Plan, check_datasets
from market.plan.program_input import ProgramInput

_PLACE = re.compile(r"[A-Za-z0-9._/ ?-]{1,100}:[0-9]{1,9}")
_RULE = re.compile(r"(plan|program)-[a-z]{1,20}(-[a-z]{1,20}){0,3}")
_LONGEST_WORDS = 600


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """A plan, where in the repository each statistic was written, and the first line of the
    commit's message; empty where it is of no commit."""

    plan: Plan
    trace: dict[str, str]
    subject: str = ""

    def encode(self) -> bytes:
        """Canonical JSON: {"plan", "subject", "trace"}."""
        return canonical.dumps(
            {
                "plan": wire.to_json(self.plan),
                "subject": self.subject,
                "trace": dict(self.trace),
            }
        )


def read_plan(document: bytes, asked: ProgramInput) -> BuiltPlan:
    """The plan of a document, if it is one in canonical JSON that can be opened.

    Raises:
        Refused: `program-refused` with the program's words; `plan-malformed`; or a rule of plans.
    """
    try:
        value = canonical.loads(document, limit_bytes=MAXIMUM_PLAN_BYTES)
        if isinstance(value, dict) and set(value) == {"refusal"}:
            raise _refusal(value["refusal"])
        if not isinstance(value, dict) or set(value) != {"plan", "trace"}:
            raise FormatError("expected the members plan and trace")
        plan = wire.from_json(Plan, value["plan"])
        trace = _trace(value["trace"], plan)
    except FormatError as error:
        # The text of the error may quote what the program wrote.
        raise Refused(
            "plan-malformed",
            "What the program left is not a plan in canonical JSON.",
            "Return a dictionary of statistics from build(ds) and write no files.",
        ) from error
    # The rules were checked in the sandbox, by code the program could have changed.
    check_datasets(plan, asked.datasets)
    lower(plan, asked.schema)
    return BuiltPlan(plan, trace)


def _trace(trace: Json, plan: Plan) -> dict[str, str]:
    names = {named.name for named in plan.statistics}
    if not isinstance(trace, dict) or set(trace) != names:
        raise FormatError("expected a trace of every statistic")
    if not all(isinstance(place, str) and _PLACE.fullmatch(place) for place in trace.values()):
        raise FormatError("expected file:line in the trace")
    return dict(trace)


def _refusal(value: Json) -> Refused:
    """A refusal in the form of ours: one line of print, whoever wrote it."""
    if not isinstance(value, dict) or set(value) != {"code", "message", "next_action"}:
        raise FormatError("expected the members code, message and next_action")
    code, *words = (value[name] for name in ("code", "message", "next_action"))
    if not isinstance(code, str) or not _RULE.fullmatch(code):
        raise FormatError("expected the code of a rule of plans or programs")
    for text in words:
        if not isinstance(text, str) or not text.isprintable() or len(text) > _LONGEST_WORDS:
            raise FormatError("expected one short printable line")
    return Refused(
        "program-refused",
        "The program gave no plan; its run says why.",
        "Correct the program, and try it first: market job run --twin DATASET.",
        program_says=f"{code}: {' '.join(words)}",
    )
