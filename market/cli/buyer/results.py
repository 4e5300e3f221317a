"""result: open what was sealed to this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from market.cli.buyer.answer_tables import show_answers
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output
from market.cli.session import Session, pass_session
from market.client.results.open_shared import fetch_and_open
from market.client.results.opened_results import opened_result
from market.pricing.loss import rho_text, shown_epsilon

COMMANDS = {
    "open": Lazy("buyer.results:open_command", "Check, unseal and show a job's result."),
    "show": Lazy("buyer.results:show", "Show a result opened before, offline."),
    "export": Lazy(
        "buyer.result_export:export", "Write a result as CSV, JSON, charts or a page.", "buyer"
    ),
    "share": Lazy("buyer.result_share:share", "Share a result with a colleague, sealed to them."),
    "shared": Lazy("buyer.result_share:shared", "What is shared with you, and by you."),
    "withdraw": Lazy("buyer.result_share:withdraw", "Take a shared result back."),
    "compare": Lazy("buyer.result_compare:compare", "Compare results of several jobs, offline."),
    "synthesize": Lazy(
        "buyer.synthesize:synthesize", "Make synthetic rows of opened counts, offline.", "synth"
    ),
    "evidence": Lazy("buyer.evidence:result_evidence", "What a sealed result proves, offline."),
}


_raw_option = click.option(
    "--raw", "is_raw", is_flag=True, help="Show values as noise left them, not as they can be."
)


@click.group("result", cls=LazyGroup, lazy=COMMANDS)
def result() -> None:
    """Results: sealed to a key that only this machine has."""


@click.command("open", cls=Leaf, epilog="Example: market result open job-0123456789ab")
@click.argument("job")
@click.option(
    "--accept-unverified",
    is_flag=True,
    help="Open a consortium's answer, this once, though a member is missing or has lied.",
)
@_raw_option
@pass_session
def open_command(session: Session, job: str, accept_unverified: bool, is_raw: bool) -> None:
    """Fetch a job's sealed result, check every signature in it, open it, and show the answers.

    JOB is one that was signed here, or that a colleague has shared with you (market result shared):
    then it is checked in the same way, since nothing is believed because a colleague sent it.

    The portal hears of neither success nor failure. The first platform share seen for a job is kept
    for ever; another one is refused. The result stays in the client's home.

    A consortium's answer is opened by the shares of all its members, which together show that none
    of them lied in delivering. Where they do not, it is refused, unless you say otherwise.

    A value lies where the data can be: a count is not below 0, a mean between the declared bounds.
    What noise made of it is shown with --raw, and stands beside it in JSON.
    """
    account = session.account
    opened = fetch_and_open(
        session.client_home,
        session.keyring,
        session.portal(),
        job,
        platform_key=account.platform_key,
        accepts_unverified=accept_unverified,
    )
    document = opened.to_json()
    folder = session.client_home.job_path(job, "result.json").parent
    session.output.show(
        document, lambda output: render_result(output, document, folder, is_raw=is_raw)
    )


@click.command("show", cls=Leaf, epilog="Example: market result show job-0123456789ab --json")
@click.argument("job")
@_raw_option
@pass_session
def show(session: Session, job: str, is_raw: bool) -> None:
    """Show a result that was opened here before; nobody is asked."""
    document = dict(opened_result(session.client_home, job))
    folder = session.client_home.job_path(job, "result.json").parent
    session.output.show(
        document, lambda output: render_result(output, document, folder, is_raw=is_raw)
    )


def render_result(
    output: Output, document: dict[str, Any], folder: Path, *, is_raw: bool = False
) -> None:
    """The answers with their errors, what they cost, and where the receipts lie."""
    show_answers(output, document["answers"], is_raw=is_raw)
    for owners in document["by_dataset"]:
        output.line("")
        output.line(f"{owners['dataset']} by itself:")
        show_answers(output, owners["answers"], is_raw=is_raw)
    output.line("")
    epsilon = shown_epsilon(document["epsilon"])
    output.fields(
        [
            *(
                ("dataset", f"{asked['dataset']} version {asked['version']}")
                for asked in document["datasets"]
            ),
            *_union_rows(document["values"], len(document["datasets"])),
            ("privacy", f"epsilon {epsilon} with delta {document['delta']}"),
            *(("charged", _charged(one)) for one in document["receipts"]),
            *(
                ("receipt", f"{one['receipt']}{_whose(one)}, in {folder / one['file']}")
                for one in document["receipts"]
            ),
            *_session_rows(document["session"]),
        ]
    )


def _union_rows(values: str | None, owners: int) -> list[tuple[str, str]]:
    """What several owners' data was opened as."""
    if values is None:
        return []
    opened = "sums over all of them alone" if values == "masked" else "each owner's sums, too"
    return [("values", f"{values}, of {owners} owners: {opened}")]


def _session_rows(session: dict[str, Any] | None) -> list[tuple[str, str]]:
    """How far a consortium's answer can be relied on."""
    if session is None:
        return []
    arithmetic = (
        "verified: whoever cheats breaks the run off"
        if session["is_verified"]
        else "not verified: a member who cheats can have spoilt it unnoticed"
    )
    shares = "of every member, and consistent"
    if session["missing"]:
        shares = f"UNVERIFIED: {', '.join(session['missing'])} did not deliver"
    if session["liars"]:
        shares = f"CORRECTED: those of {', '.join(session['liars'])} were wrong"
    elif not session["is_consistent"]:
        shares = "INCONSISTENT: somebody lied, and the answer may be anything"
    return [("arithmetic", arithmetic), ("shares", shares)]


def _charged(receipt: dict[str, Any]) -> str:
    if not receipt["rho_units"]:
        return "nothing: you have had these answers"
    return f"rho {rho_text(receipt['rho_units'])}{_whose(receipt)}"


def _whose(receipt: dict[str, Any]) -> str:
    return f" of {receipt['member']}" if receipt["member"] else ""
