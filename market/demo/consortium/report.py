"""The story in numbers: opened values beside the truth, bytes and seconds, what a lie came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.demo.comparison import Line, number
from market.demo.report import Report


@dataclass(frozen=True, slots=True)
class MemberWork:
    """What a member's worker did for one run, as its agent's log says it."""

    bytes_sent: int
    cpu_milliseconds: int


@dataclass(frozen=True, slots=True)
class Run:
    """One question, opened. `checks` is what its client found of the members' shares."""

    consortium: str
    job: str
    epsilon: str
    delta: str
    rho: float
    checks: Mapping[str, Any]
    lines: tuple[Line, ...]
    seconds: float
    members: Mapping[str, MemberWork]


@dataclass(frozen=True, slots=True)
class Budget:
    """What the people in a member's table have lost, and may lose, in units of 1e-12 rho; the run
    that was spoiled is in it, since shares had left."""

    spent_units: int
    cap_units: int


@dataclass(frozen=True, slots=True)
class Lie:
    """One question that a member spoiled: what the job's page says of it, and what the agent of
    each honest member does, by member."""

    consortium: str
    liar: str
    job: str
    state: str
    code: str
    message: str
    next_action: str
    stages: Mapping[str, str]
    words: Mapping[str, str]
    budgets: Mapping[str, Budget]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsortiumReport(Report):
    """Two consortia and a lie; `build/demo-consortium/report.json` holds the same."""

    runs: tuple[Run, ...]
    lie: Lie

    def numbers(self) -> list[str]:
        """See Report."""
        return [
            *(line for run in self.runs for line in [*_run_text(run), ""]),
            *_lie_text(self.lie),
        ]


def _run_text(run: Run) -> list[str]:
    return [
        f"{run.consortium}, {run.job}: {run.seconds:.1f} seconds from the form to the result",
        *_table(run.lines),
        "",
        f"epsilon {run.epsilon} at delta {run.delta}, rho {run.rho:.6f} of each member's people",
        f"shares of all members: {_yes(run.checks['is_complete'])}; they fit together: "
        f"{_yes(run.checks['is_consistent'])}; verified arithmetic: "
        f"{_yes(run.checks['is_verified'])}",
        *(
            f"{name:<10}{work.bytes_sent:>12,} bytes sent{work.cpu_milliseconds:>8,} ms CPU"
            for name, work in run.members.items()
        ),
    ]


def _table(lines: tuple[Line, ...]) -> list[str]:
    heading = f"{'statistic':<28}{'opened':>14}{'true':>14}{'± 95 %':>12}  within"
    rows = [heading, "-" * len(heading)]
    for line in lines:
        name = f"{line.statistic} {line.cell}".strip()
        within = "" if line.is_within is None else _yes(line.is_within)
        rows.append(
            f"{name:<28}{number(line.opened):>14}{number(line.truth):>14}"
            f"{number(line.error_95):>12}  {within}"
        )
    return rows


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _lie_text(lie: Lie) -> list[str]:
    return [
        f"{lie.consortium}, {lie.job}, while {lie.liar} lies: {lie.state}. {lie.message}",
        f"Next: {lie.next_action}",
        *(f"{name:<10}stage {lie.stages[name]}: {said}" for name, said in lie.words.items()),
        *(
            f"{name:<10}its customers have lost rho {budget.spent_units / 1e12:.6f} of "
            f"{budget.cap_units / 1e12:.6f}"
            for name, budget in lie.budgets.items()
        ),
    ]
