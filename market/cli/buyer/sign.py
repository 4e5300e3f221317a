"""sign: the buyer reads what will be opened, and says yes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from market.adapters.repository import FetchLimits
from market.cli.lazy import Leaf
from market.cli.options import token_option, unsandboxed_option
from market.cli.output import Output
from market.cli.session import Session, confirm, now, pass_session
from market.client.questions.confirm_program import (
    PersonSays,
    person_says,
    read_submission,
    require_confirmed,
)
from market.client.questions.rebuild_plan import Nearby
from market.client.questions.repository import checkout_at
from market.client.questions.sign_request import RequestToSign, review, send, sign
from market.client.questions.submit_program import token_in
from market.policy.submission.commit import read_commit
from market.policy.submission.submission import Submission


@click.command("sign", cls=Leaf, epilog="Example: market sign job-0123456789ab")
@click.argument("job")
@click.option("--repository", help="Address of the program you asked with, from your own records.")
@click.option("--commit", help="Its full hash, from your own records.")
@token_option
@unsandboxed_option
@click.option("--yes", is_flag=True, help="Sign without asking; the checks stay.")
@pass_session
def sign_command(
    session: Session,
    job: str,
    repository: str | None,
    commit: str | None,
    token_file: Path | None,
    unsandboxed: bool,
    yes: bool,
) -> None:
    """Check and sign a planned job.

    The commit is fetched, or taken from the copy kept when it was sent, or from the checkout you
    stand in. Its plan is built again on this machine, in the platform's sandbox; unless it is the
    platform's byte for byte, nothing is signed. Then you read what exactly will be opened, and for
    what price. The result will be sealed to a key made here for this job alone.

    A job this client did not submit (it came from the Airflow form) runs a program here that only
    you can vouch for: stand in your checkout of it, at that commit, or give --repository and
    --commit. The platform's word for them is compared with yours before anything is fetched. With
    --unsandboxed nothing is fetched at all: the files are those of your checkout's commit.
    """
    portal = session.portal()
    answer = portal.get(f"jobs/{job}")
    said = _ask_program(session, job, answer, repository, commit, yes=yes)
    question = review(
        session.client_home,
        answer,
        FetchLimits(allow_file=True),
        signer=session.keyring.identity().public,
        said=said,
        own_checkout=Path.cwd() if unsandboxed else None,
        nearby=Nearby(Path.cwd(), token_in(token_file) if token_file else None),
    )
    if not session.output.is_json:
        price = session.money(question.source.policy.price_cents)
        _render(session.output, question, price)
    confirm(session, "Sign this?", yes=yes)
    text = sign(session.client_home, session.keyring, question, now=now())
    signed = send(portal, job, text)

    def render(output: Output) -> None:
        output.line(f"Signed. Job {job} is {signed['state']}.")
        output.line(f"Next: market job wait {job}, then market result open {job}")

    document = {**signed, "plan_text": question.words}
    session.output.show(document, render)


def _ask_program(
    session: Session,
    job: str,
    answer: dict[str, object],
    repository: str | None,
    commit: str | None,
    *,
    yes: bool,
) -> PersonSays:
    """The program in the person's words; asked only where options and checkout leave it open."""
    told, is_ours = read_submission(session.client_home, answer)
    checkout = checkout_at(Path.cwd())
    said = person_says(told, repository=repository, commit=commit, checkout=checkout)
    if is_ours:
        return said
    is_given = bool(repository and commit)
    if not is_given and not yes and sys.stdin.isatty():
        said = _ask_missing(said)
    require_confirmed(job, told, said)
    if not is_given:
        _confirm_shown(session, job, told, yes=yes)
    return said


def _ask_missing(said: PersonSays) -> PersonSays:
    if not said.repository:
        said = replace(said, repository=click.prompt("Address of your repository", err=True))
    if not said.commit:
        typed = click.prompt("Full hash of the commit you asked with", err=True)
        said = replace(said, commit=read_commit(typed))
    return said


def _confirm_shown(session: Session, job: str, program: Submission, *, yes: bool) -> None:
    session.output.note(f"This client did not submit {job}. To rebuild its plan, this runs here:")
    session.output.note(f"  repository  {program.repository}")
    session.output.note(f"  commit      {program.commit}")
    confirm(session, "Is this the program you asked with?", yes=yes)


def _render(output: Output, question: RequestToSign, price: str) -> None:
    source = question.source
    output.text(question.words)
    output.line("")
    output.fields(
        [
            *(("dataset", f"{named.dataset} version {named.version}") for named in source.named),
            ("commit", f"{question.submission.commit} of {question.submission.repository}"),
            ("plan", question.plan_hash),
            ("rebuilt here", "the same, byte for byte"),
            ("price", price),
        ]
    )
