"""dataset propose, publish, discard, destroy-key: what needs the owner's keys."""

from __future__ import annotations

import secrets
import shlex
import sys
from pathlib import Path

import click

from market import wire
from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.owner import agent_home_option, open_agent_home, opened_agent
from market.cli.owners_word import owners_word, render_report
from market.cli.session import Session, confirm, now, pass_session
from market.client.pins import pin_compared
from market.errors import Conflict, NotFound
from market.owner.describe import read_declaration
from market.owner.destroy_key import REMAINS, destroy_key
from market.owner.discard import discard
from market.owner.owner import Owner
from market.owner.propose import propose_declaration
from market.owner.publish import Published, publish
from market.owner.same_table import listed_version
from market.owner.settle_table import Files
from market.plan.dataset_ids import DATASET_ID_RULE


@click.command(
    "propose", cls=Leaf, epilog="Example: market dataset propose visits.csv --dataset visits-2024"
)
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", required=True, help=f"Id of the dataset: {DATASET_ID_RULE}.")
@click.option("--out", default="dataset.toml", show_default=True, type=click.Path(path_type=Path))
@pass_session
def propose_command(session: Session, table: Path, dataset: str, out: Path) -> None:
    """Write a first declaration from the header of TABLE: names and types, never a value.

    Bounds, levels, capacity and policy are yours to write, from what you know, not from the rows.
    """
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
    "--afresh",
    is_flag=True,
    help="Encrypt and send all rows, also those that the version before has already.",
)
@agent_home_option
@pass_session
def publish_command(
    session: Session,
    declaration: Path,
    table: Path,
    accept: tuple[str, ...],
    share_budget: bool,
    afresh: bool,
    agent_home: Path | None,
) -> None:
    """Encrypt TABLE as DECLARATION says, sign it, send it, list it.

    Rows leave this machine as ciphertext alone. If it is interrupted, run it again: what was
    encrypted is not encrypted twice, and what was sent is not sent twice. What was clipped, mapped
    or dropped is told to you alone. Where hardly a cell of a column can be read, you are asked.
    What the policy sells and yet cannot answer is named, with what to change.

    Anybody may be in several of your tables, so that they share one budget, unless [population]
    declares that nobody is in both. You are asked before another table's budget is touched.

    Of a table that begins with the rows of the version before, only the blocks of 131,072 rows
    after its last full one are encrypted and sent. Everybody can see that, and so how many rows the
    version before had, to a block; --afresh shows nothing of it.
    """
    with opened_agent(session, agent_home) as (home, store), session.output.steps() as progress:
        identity = session.keyring.identity()
        owner, files = Owner(identity, home, store), Files(declaration, table)
        if not afresh:
            _ask_whether_again(session, owner, files)
        done = publish(
            session.portal(),
            owner,
            files,
            word=owners_word(session, "Publish it", accept, share_budget=share_budget),
            now=now(),
            entropy=secrets.token_bytes,
            progress=progress,
            afresh=afresh,
        )
    own = identity.public.fingerprint()
    pin_compared(session.client_home, "owner", done.dataset, own, may_replace=True)
    document = {
        "dataset": done.dataset,
        "version": done.version,
        "manifest_hash": done.manifest_hash,
        "report": wire.to_json(done.report),
        "unanswerable": list(done.unanswerable),
        "blocks": done.blocks,
        "new_blocks": done.new_blocks,
    }
    session.output.show(document, lambda output: _render(output, done))


def _ask_whether_again(session: Session, owner: Owner, files: Files) -> None:
    """Whether to encrypt a table that is listed as it is, where somebody is there to answer."""
    version = listed_version(owner, files)
    if version is None:
        return
    output, declared = session.output, shlex.quote(str(files.declaration))
    dataset = read_declaration(files.declaration).dataset
    output.note(f"Version {version} of {dataset} is of this very table. Other terms take seconds:")
    output.note(f"  market dataset change {dataset} --declaration {declared}")
    if sys.stdin.isatty() and not output.is_json:
        confirm(session, "Encrypt it once more all the same?", yes=False)


def _render(output: Output, done: Published) -> None:
    output.line(f"Listed {done.dataset} version {done.version}.")
    if done.version > 1:
        output.line(_blocks_sentence(done))
    output.line("")
    render_report(output, done.report)
    if done.unanswerable:
        output.line("By this policy:")
        for sentence in done.unanswerable:
            output.line(f"  - {sentence}")
        output.line(f"To change it: market dataset change {done.dataset}, or, for columns, publish")
        output.line("the next version with another declaration.")
    output.line("Next: market agent run, on the machine that keeps the agent.")


def _blocks_sentence(done: Published) -> str:
    if done.new_blocks < done.blocks:
        are = "is" if done.new_blocks == 1 else "are"
        return (
            f"{done.new_blocks} of {done.blocks} blocks {are} new: the others are stored already."
        )
    return (
        "All of it was encrypted and sent: full blocks of 131,072 rows stay where the table begins "
        f"with all those of version {done.version - 1}, declared the same."
    )


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
