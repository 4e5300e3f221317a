"""What the operator's page says first: in one sentence, whether anything asks for somebody."""

from __future__ import annotations

from market.plan.plural import counted, plural
from market.services.operation.oversee import Overview


def sentence(found: Overview) -> str:
    """`All is well.`, or what is not, the gravest first."""
    silent = [part.name for part in found.parts if not part.is_well]
    going = [trouble.duty for trouble in found.troubles if trouble.ended_at is None]
    troubles = [
        *([f"{_listed(silent)} {plural(len(silent), 'is', 'are')} not well"] if silent else []),
        *([] if found.leader else ["no process does the housekeeping"]),
        *([f"housekeeping cannot {_listed(going)}"] if going else []),
        *([_waiting(len(found.late))] if found.late else []),
    ]
    if not troubles:
        return "All is well: nothing waits longer than usual."
    text = "; ".join(troubles)
    return f"{text[0].upper()}{text[1:]}."


def _waiting(jobs: int) -> str:
    return f"{counted(jobs, 'job waits', 'jobs wait')} longer than usual"


def _listed(words: list[str]) -> str:
    spoken = [word.replace("_", " ") for word in words]
    return " and ".join([", ".join(spoken[:-1]), spoken[-1]] if len(spoken) > 1 else spoken)
