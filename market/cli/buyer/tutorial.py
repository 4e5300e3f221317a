"""tutorial: a question from its program to its answer, on a made-up table, without a portal."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

import market
from crypto.parameters import PRODUCTS
from market.cli.buyer.answer_tables import show_answers
from market.cli.lazy import Leaf
from market.cli.options import unsandboxed_option
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.questions.first_program import first_program
from market.client.questions.rebuild_plan import build_directory
from market.client.questions.rehearse import run_on_twin
from market.client.questions.repository import new_repository
from market.client.results.opened_answers import answer_json
from market.client.verify.asked_source import AskedSource
from market.owner.declaration.describe import Declaration, read_declaration
from market.pages.answer_rows import answer_tables
from market.plan.plan import Plan
from market.plan.program_input import ProgramInput
from market.pricing.lattice import ciphertext_lattice

_DECLARATION: Final = Path(market.__file__).parent / "templates" / "dataset.toml"
_EPSILONS: Final = ("0.25", "0.5", "1", "2")
_EPSILON: Final = "1"
_ROWS: Final = 20_000
_SEED: Final = 1
"""Of the twin and of the example's noise: the same numbers for everybody who takes the tutorial."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """What the steps of one walk share."""

    session: Session
    declaration: Declaration
    source: AskedSource
    directory: Path
    is_sandboxed: bool
    pauses: bool

    def step(self, number: int, title: str) -> None:
        """Head a step; before it the reader says when they have read the one before."""
        if self.pauses and number > 1:
            # click.pause would take Ctrl-C for a key like any other.
            click.prompt(
                "\nEnter goes on.", default="", show_default=False, prompt_suffix="", err=True
            )
        self.say(f"\n{number} of 5. {title}\n")

    def say(self, text: str) -> None:
        """Lines beside the result, as they are."""
        for line in text.split("\n"):
            self.session.output.note(line)


@click.command("tutorial", cls=Leaf, epilog="Example: market tutorial my-first-job")
@click.argument("directory", default="my-first-job", type=click.Path(path_type=Path))
@click.option("--no-pause", is_flag=True, help="Do not wait for Enter between the steps.")
@unsandboxed_option
@pass_session
def tutorial(session: Session, directory: Path, no_pause: bool, unsandboxed: bool) -> None:
    """Ask a question in five steps, on a made-up table: nothing leaves this machine.

    Makes a git repository in DIRECTORY with a program, rehearses it on the twin of an example
    dataset, prices it, and opens an answer with noise as a real release would have. It needs no
    portal, key or account.
    """
    declaration = read_declaration(_DECLARATION)
    walk = _Walk(
        session,
        declaration,
        _source_of(declaration),
        directory,
        is_sandboxed=not unsandboxed,
        pauses=not no_pause and not session.output.is_json and sys.stdin.isatty(),
    )
    _describe(walk)
    commit = _write(walk)
    plan = _rehearse(walk)
    errors = _price(walk, plan)
    opened = _open(walk, plan)
    document = {"directory": str(directory), "commit": commit, "errors": errors, "answers": opened}
    session.output.show(document, lambda output: _show(output, opened))


def _source_of(declaration: Declaration) -> AskedSource:
    schema = declaration.schema
    lattice = ciphertext_lattice(schema.capacity_rows, PRODUCTS)
    return AskedSource((), (), schema, declaration.policy, lattice, _SEED)


def _describe(walk: _Walk) -> None:
    walk.step(1, "An owner describes a table; nobody else ever sees its rows")
    walk.say(f"{walk.declaration.description.title} ({walk.declaration.dataset})\n")
    for column in walk.source.schema.columns:
        walk.say(f"  {column.name:<12} {column.tag:<12} {column.meaning}")
    walk.say(
        f"\nUp to {walk.source.schema.capacity_rows:,} rows. Protected is "
        f"{walk.source.schema.privacy_unit.meaning}."
    )


def _write(walk: _Walk) -> str:
    walk.step(2, "You write what you ask, as a program that describes and computes nothing")
    source = walk.source
    text = first_program(walk.declaration.dataset, source.schema, source.policy, source.lattice)
    commit = new_repository(walk.directory, text)
    walk.say(text)
    walk.say(f"It is {walk.directory / 'job.py'}, in a git repository of its own.")
    return commit


def _rehearse(walk: _Walk) -> Plan:
    walk.step(3, "You rehearse it on a twin: made-up rows of the same shape")
    source = walk.source
    asked = ProgramInput((walk.declaration.dataset,), source.schema)
    plan = build_directory(walk.directory, asked, is_sandboxed=walk.is_sandboxed).plan
    found = [answer_json(one) for one in run_on_twin(plan, source, _EPSILON, _ROWS)]
    for table in answer_tables(found):
        for row in table.rows:
            walk.say(f"  {table.name:<20} {row.label:<12} {row.value:>10} {table.unit}")
    walk.say("\nThese are exact, and of nobody. A mistake in the program shows here, for nothing.")
    return plan


def _price(walk: _Walk, plan: Plan) -> dict[str, dict[str, float | None]]:
    walk.step(4, "You choose epsilon: what the people in the data pay for a smaller error")
    errors: dict[str, dict[str, float | None]] = {}
    for epsilon in _EPSILONS:
        for answer in run_on_twin(plan, walk.source, epsilon, _ROWS):
            widest = max((cell.error_95 or 0.0 for cell in answer.cells), default=0.0)
            errors.setdefault(answer.name, {})[epsilon] = widest
    walk.say("  " + f"{'± (95 %) at epsilon':<20}" + "".join(f"{one:>10}" for one in _EPSILONS))
    for name, by_epsilon in errors.items():
        walk.say(f"  {name:<20}" + "".join(f"{by_epsilon[one]:>10.3g}" for one in _EPSILONS))
    walk.say(
        "\nTwice the epsilon, about half the error. The people's budget is one for all buyers, and "
        "what is spent of it does not come back."
    )
    return errors


def _open(walk: _Walk, plan: Plan) -> list[Any]:
    walk.step(5, "You open the answer: each value with its error, and nothing about any one person")
    # An example's noise, repeated for every reader: what protects people is the agent's.
    example = random.Random(_SEED)  # noqa: S311
    found = run_on_twin(plan, walk.source, _EPSILON, _ROWS, noise=lambda sd: example.gauss(0.0, sd))
    return [answer_json(one) for one in found]


def _show(output: Output, opened: list[Any]) -> None:
    show_answers(output, opened)
    output.line("")
    output.line("With a portal, the same steps are:")
    output.line("  market ui                  everything that needs your keys, in a browser")
    output.line("  market dataset list        what is on offer")
    output.line("  market job new DIR --dataset ID, market job run, market quote, market submit,")
    output.line("  market sign, market result open")
