"""dataset propose, publish, discard, destroy-key: what needs the owner's keys."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner.drafts import start_draft
from market.cli.owner.own_home import agent_home_option, open_agent_home, opened_agent
from market.cli.owner.owners_word import owners_word
from market.cli.owner.publish_files import publish_files
from market.cli.session import Session, confirm, now, pass_session
from market.errors import Conflict, NotFound
from market.owner.drafting.propose import propose_declaration
from market.owner.publish.discard import discard
from market.owner.publish.settle_table import Files
from market.owner.word.destroy_key import REMAINS, destroy_key
from market.plan.dataset_ids import DATASET_ID_RULE


@click.command(
    "propose", cls=Leaf, epilog="Example: market dataset propose visits.csv --dataset visits-2024"
)
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", default="", help=f"Id of the dataset: {DATASET_ID_RULE}.")
@click.option("--out", default="dataset.toml", show_default=True, type=click.Path(path_type=Path))
@click.option("--draft", is_flag=True, help="Start a draft in the portal, to go on with there.")
@pass_session
def propose_command(session: Session, table: Path, dataset: str, out: Path, draft: bool) -> None:
    """Write a first declaration from the header of TABLE: names and types, never a value.

    Bounds, levels, capacity and policy are yours to write, from what you know, not from the rows.
    With --draft they are written in the portal, in a form; the id may be chosen there, too.
    """
    if draft:
        start_draft(session, table, dataset)
        return
    if not dataset:
        raise click.UsageError("Give --dataset, the id that it is to have.")
    text = propose_declaration(table, dataset)
    if out.exists():
        raise Conflict("file-exists", f"{out} exists already.", "Give another --out.")
    out.write_text(text, "utf-8")

    def render(output: Output) -> None:
        output.line(f"Wrote {out}. Fill in what is empty, then:")
        output.line(shlex.join(["market", "dataset", "publish", str(out), str(table)]))

    session.output.show({"declaration": str(out), "text": text}, render)


@click.command(
    "publish", cls=Leaf, epilog="Example: market dataset publish dataset.toml visits.csv"
)
@click.argument("declaration", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--accept",
    multiple=True,
    metavar="COLUMN",
    help='Publish though hardly a cell of COLUMN can be read, or no row is kept ("rows").',
)
@click.option(
    "--share-budget",
    is_flag=True,
    help="Agree that it shares the budget of your other tables; else you are asked.",
)
@click.option(
    "--append",
    "appends",
    is_flag=True,
    help="Encrypt and send only what follows the rows of the version before: everybody sees that.",
)
@agent_home_option
@pass_session
def publish_command(
    session: Session,
    declaration: Path,
    table: Path,
    accept: tuple[str, ...],
    share_budget: bool,
    appends: bool,
    agent_home: Path | None,
) -> None:
    """Encrypt TABLE as DECLARATION says, sign it, send it, list it.

    Rows leave this machine as ciphertext alone. If it is interrupted, run it again: what was
    encrypted is not encrypted twice, and what was sent is not sent twice. What was clipped, mapped
    or dropped is told to you alone. Where hardly a cell of a column can be read, you are asked.
    What the policy sells and yet cannot answer is named, with what to change.

    Anybody may be in several of your tables, so that they share one budget, unless [population]
    declares that nobody is in both. You are asked before another table's budget is touched.

    With --append, of a table that begins with the rows of the version before only the blocks of
    131,072 rows after its last full one are encrypted and sent. Everybody can see that, and so how
    many rows the version before had, to a block, without noise; so nobody does it unasked.
    """
    word = owners_word(session, "Publish it", accept, share_budget=share_budget)
    publish_files(session, Files(declaration, table), word, agent_home, appends=appends)


@click.command("discard", cls=Leaf, epilog="Example: market dataset discard visits-2024")
@click.argument("dataset")
@agent_home_option
@click.option("--yes", is_flag=True, help="Do not ask again.")
@pass_session
def discard_command(session: Session, dataset: str, agent_home: Path | None, yes: bool) -> None:
    """Throw away a version that was encrypted but never listed."""
    confirm(session, f"Throw the unfinished version of {dataset} away?", yes=yes)
    with opened_agent(session, agent_home) as (home, store):
        is_done = discard(session.portal(), home, store, dataset, now=now())
    if not is_done:
        raise NotFound(
            "nothing-unfinished", f"{dataset} has no unfinished version.", "There is nothing to do."
        )
    session.output.show(
        {"dataset": dataset}, lambda output: output.line("Thrown away; nothing was listed.")
    )


@click.command("destroy-key", cls=Leaf, epilog="Example: market dataset destroy-key visits-2024")
@click.argument("dataset")
@agent_home_option
@click.option("--yes", is_flag=True, help="Do not ask again.")
@pass_session
def destroy_command(session: Session, dataset: str, agent_home: Path | None, yes: bool) -> None:
    """Destroy a dataset's keys and withdraw it: its ciphertext is noise from then on.

    There is no way back. What its people have spent stays spent.
    """
    confirm(session, f"Destroy the keys of {dataset} for ever?", yes=yes)
    home = open_agent_home(session.agent_home_path(agent_home))
    destroy_key(session.portal(), session.keyring.identity(), home, dataset, now=now())

    def render(output: Output) -> None:
        output.line(f"Destroyed the keys of {dataset}.")
        output.line(REMAINS)

    session.output.show({"dataset": dataset, "remains": REMAINS}, render)
