"""Publish a table by its declaration, and tell its owner what came of it."""

from __future__ import annotations

import secrets
import shlex
import sys
from pathlib import Path

from market import wire
from market.cli.output import Output
from market.cli.owner.own_home import opened_agent
from market.cli.owner.owners_word import render_report
from market.cli.session import Session, confirm, now
from market.client.kept.pins import pin_compared
from market.owner.declaration.describe import read_declaration
from market.owner.owner import Owner
from market.owner.publish.publish import Published, publish
from market.owner.publish.same_table import listed_version
from market.owner.publish.settle_table import Files, OwnersWord
from market.plan.plural import counted, plural


def publish_files(
    session: Session,
    files: Files,
    word: OwnersWord,
    agent_home: Path | None,
    *,
    appends: bool = False,
) -> None:
    """Encrypt, sign, send and list; goes on where an earlier run was broken off.

    Args:
        appends: take over what the version before has of its first rows
            (market.owner.publish.publish).

    Raises:
        Refused, Unavailable: as market.owner.publish.publish.
    """
    with opened_agent(session, agent_home) as (home, store), session.output.steps() as progress:
        identity = session.keyring.identity()
        owner = Owner(identity, home, store)
        _ask_whether_again(session, owner, files)
        done = publish(
            session.portal(),
            owner,
            files,
            word=word,
            now=now(),
            entropy=secrets.token_bytes,
            progress=progress,
            appends=appends,
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
        return (
            f"{done.new_blocks} of {counted(done.blocks, 'block')} "
            f"{plural(done.new_blocks, 'is', 'are')} new: the others are stored already."
        )
    return (
        "All of it was encrypted and sent. Where a table only grew, --append takes full blocks of "
        "131,072 rows over, if they are declared the same; all see how many there were."
    )
