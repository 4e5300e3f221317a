"""quote: what a program costs and how exact it will be, before anything runs."""

from __future__ import annotations

from pathlib import Path

import click

from market.adapters.plan_document import BuiltPlan
from market.adapters.repository import FetchLimits
from market.cli.buyer.quote_text import render_quote
from market.cli.lazy import Leaf
from market.cli.options import datasets_option, unsandboxed_option
from market.cli.session import Session, pass_session
from market.client.questions.price_program import priced_alike, write_shares
from market.client.questions.rebuild_plan import build_directory, fetch_and_build
from market.client.verify.asked_source import fetch_source
from market.errors import Refused
from market.plan.lowered import lower
from market.plan.program_input import ProgramInput
from market.policy.consortia.verification import needs_verification
from market.policy.submission.asked_ids import dataset_ids_text
from market.pricing.goals import reach, read_goals


@click.command(
    "quote",
    cls=Leaf,
    epilog="Example: market quote . --dataset household-visits --epsilon 0.5\n\n"
    'market quote . --dataset household-visits --error "visits_mean<=0.05" --save',
)
@click.argument("source", default=".")
@datasets_option
@click.option("--epsilon", help="The largest epsilon the job may have, such as 0.5.")
@click.option(
    "--error",
    "errors",
    multiple=True,
    metavar="NAME<=ERROR",
    help="Instead of --epsilon: what the expected error of an answer may be at most, where the "
    "dataset is full, as its owner declares it, else even. May be repeated.",
)
@click.option("--save", is_flag=True, help="Write the shares of --error to SOURCE/shares.json.")
@click.option("--commit", help="Full hash, when SOURCE is an address.")
@unsandboxed_option
@pass_session
def quote(
    session: Session,
    source: str,
    datasets: tuple[str, ...],
    epsilon: str | None,
    errors: tuple[str, ...],
    save: bool,
    commit: str | None,
    unsandboxed: bool,
) -> None:
    """Price the program in SOURCE: a directory, or a repository's address with --commit.

    The plan is built on this machine, in the platform's sandbox. For every statistic: its privacy
    cost; the expected error (half a 95 % interval) and, where it depends on what the owner has not
    declared, the range that it may lie in; and what is expected under the other noise, Gaussian or
    Laplace. Then the whole job's epsilon and delta under either, its price, and its work. Nothing
    is spent.

    With --error instead of --epsilon: the least epsilon at which every expected error is the stated
    one or less, and how the statistics share it. Those without a stated error get next to nothing.
    """
    if (epsilon is None) == (not errors):
        raise click.UsageError("Give --epsilon, or one --error or several.")
    if save and (not errors or "://" in source):
        raise click.UsageError("--save is for --error, and for a directory of your own.")
    goals = read_goals(errors)
    portal = session.portal()
    dataset = dataset_ids_text(datasets)
    found = fetch_source(session.client_home, portal, dataset)
    built = build_source(source, commit, found.program_input, is_sandboxed=not unsandboxed)
    lowered, reached = lower(built.plan, found.program_input.schema), None
    if epsilon is None:
        reached = reach(lowered, goals, found.policy.delta, found.lattice)
        epsilon, lowered = reached.epsilon, reached.lowered
    document = {
        **priced_alike(portal, found, lowered, dataset, epsilon),
        "currency": session.account.currency,
        "datasets": list(built.plan.datasets),
        "trace": built.trace,
        "values": found.values,
        "needs_verified": found.agreement is not None
        and needs_verification(found.agreement.proposal.composition, lowered),
    }
    if reached is not None:
        saved = str(write_shares(Path(source), reached.shares)) if save else ""
        document["reached"] = reached.to_json(goals) | {"saved": saved}
    session.output.show(document, lambda output: render_quote(output, document, found.lattice))


def build_source(
    source: str, commit: str | None, asked: ProgramInput, *, is_sandboxed: bool
) -> BuiltPlan:
    """The plan of a directory as it is, or of a commit at an address, which needs the sandbox."""
    if "://" not in source:
        directory = Path(source)
        if not directory.is_dir():
            raise Refused(
                "no-program",
                f"{source} is not a directory.",
                "Give a directory, or an address such as https://git.example.org/job.git.",
            )
        return build_directory(directory, asked, is_sandboxed=is_sandboxed)
    if commit is None:
        raise click.UsageError("An address needs --commit with the full hash.")
    if not is_sandboxed:
        raise click.UsageError(
            "What is fetched runs in the sandbox only; --unsandboxed is for a "
            "directory of your own."
        )
    return fetch_and_build(source, commit, asked, FetchLimits(allow_file=True))
