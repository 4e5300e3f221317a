"""job run: a program on a dataset's twin, on this machine, without data, budget or platform."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from crypto.parameters import PRODUCTS
from market.cli.answer_tables import show_answers
from market.cli.lazy import Leaf
from market.cli.options import unsandboxed_option
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.asked_source import AskedSource, fetch_source
from market.client.opened_answers import answer_json
from market.client.rebuild_plan import build_directory
from market.plan.answers import Answer, answers
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.policy.epsilon import usual_epsilon
from market.policy.price import price_of
from market.pricing.guarantee import guarantee_of
from market.tables.encode import encode_table
from market.tables.plaintext import plaintext_moments
from market.tables.twin import make_twin

_MOST_ROWS = 100_000


@click.command("run", cls=Leaf, epilog="Example: market job run --twin household-visits .")
@click.option("--twin", "dataset", required=True, help="The dataset whose twin to run on.")
@click.argument("directory", default=".", type=click.Path(exists=True, path_type=Path))
@click.option("--epsilon", help="For the expected errors; else 1, or what one job may cost.")
@click.option("--rows", type=click.IntRange(1), help="Rows of the twin; else its capacity.")
@unsandboxed_option
@pass_session
def run(
    session: Session,
    dataset: str,
    directory: Path,
    epsilon: str | None,
    rows: int | None,
    unsandboxed: bool,
) -> None:
    """Run the program in DIRECTORY on a dataset's twin.

    The program runs in the platform's sandbox: what it imports and reads here, it can there.

    The twin is made here, from the dataset's schema and a public seed: it looks like the data and
    holds nothing of it. Values are the twin's own; errors are what a real job at this epsilon would
    have. What a quote refuses is refused here, in the same words. Once the dataset was seen, this
    works without the portal.
    """
    source = fetch_source(session.client_home, session.portal(), dataset)
    built = build_directory(directory, source.program_input, is_sandboxed=not unsandboxed)
    count = rows or min(source.schema.capacity_rows, _MOST_ROWS)
    guarantee = guarantee_of(built.plan.law, source.lattice)
    epsilon = epsilon or usual_epsilon(source.policy, guarantee)
    found = run_on_twin(built.plan, source, epsilon, count)
    shown = [answer_json(answer) for answer in found]
    document = {
        "dataset": dataset,
        "version": source.named[0].version,
        "rows": count,
        "epsilon": epsilon,
        "answers": shown,
    }

    def render(output: Output) -> None:
        output.line(f"On the twin of {dataset}: {count} made-up rows, no real ones.")
        show_answers(output, shown)

    session.output.show(document, render)


def run_on_twin(
    plan: Plan,
    source: AskedSource,
    epsilon: str,
    rows: int,
    noise: Callable[[float], float] = lambda _sd: 0.0,
) -> tuple[Answer, ...]:
    """The plan's answers on the twin, exact, with the errors of a job at this epsilon.

    Args:
        noise: what is added to each opened sum, by its standard deviation; by default nothing. It
            protects nobody: nobody is in a twin.

    Raises:
        Refused: whatever `market quote` refuses.
    """
    lattice = source.lattice
    lowered = lower(plan, source.schema)
    priced = price_of(lowered, source.policy, epsilon, lattice)
    twin = make_twin(source.schema, source.twin_seed, rows)
    # The twin may have more rows than one encoding takes when --rows says so.
    schema = replace(source.schema, capacity_rows=max(source.schema.capacity_rows, rows))
    # A twin is read in the clear: how many rows its columns are cut into does not matter.
    larger = lower(plan, schema)
    exact = plaintext_moments(larger, encode_table(twin, schema, PRODUCTS).columns)
    moments = {
        output.output: output.noised(exact[output.output].value, lattice)
        for output in priced.outputs
    }
    return answers(larger, {name: one + noise(one.sd) for name, one in moments.items()})
