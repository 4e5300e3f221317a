"""sign: the buyer reads what will be opened, and says yes."""

from __future__ import annotations

import sys

import click

from market.adapters.repository import FetchLimits
from market.cli.lazy import Leaf
from market.cli.output import Output, money
from market.cli.session import Session, confirm, now, pass_session
from market.client.sign_request import Question, review, send, sign
from market.plan.human import describe


@click.command("sign", cls=Leaf, epilog="Example: market sign job-0123456789ab")
@click.argument("job")
@click.option(
    "--repository",
    help="The repository you trust to run here; needed for a job this client did not submit.",
)
@click.option("--yes", is_flag=True, help="Sign without asking; the checks stay.")
@pass_session
def sign_command(session: Session, job: str, repository: str | None, yes: bool) -> None:
    """Check and sign a planned job.

    The commit is fetched and its plan built again on this machine; unless it is the platform's byte
    for byte, nothing is signed. Then you read what exactly will be opened, and for what price. The
    result will be sealed to a key made here for this job alone.
    """
    portal = session.portal()
    answer = portal.get(f"jobs/{job}")
    if repository is None and not yes and sys.stdin.isatty():
        repository = _ask_repository(session, job, str(answer["repository"]))
    question = review(
        session.client_home,
        answer,
        FetchLimits(allow_file=True),
        trusted_repository=repository,
    )
    if not session.output.is_json:
        _render(session.output, question)
    confirm(session, "Sign this?", yes=yes)
    text = sign(session.client_home, session.keyring, question, now=now())
    signed = send(portal, job, text)

    def render(output: Output) -> None:
        output.line(f"Signed. Job {job} is {signed['state']}.")
        output.line(f"Next: market job wait {job}, then market result open {job}")

    document = {**signed, "plan_text": _text(question)}
    session.output.show(document, render)


def _ask_repository(session: Session, job: str, repository: str) -> str | None:
    if session.client_home.read_job(job, "submission.json") is not None:
        return None
    session.output.note(f"This client did not submit {job}.")
    confirm(session, f"Is {repository} yours, to be run on this machine?", yes=False)
    return repository


def _text(question: Question) -> str:
    return describe(question.plan, question.publication.listing.schema, question.quote)


def _render(output: Output, question: Question) -> None:
    listing = question.publication.listing
    output.text(_text(question))
    output.line("")
    output.fields(
        [
            ("dataset", f"{listing.dataset} version {listing.version}"),
            ("commit", f"{question.submission.commit} of {question.submission.repository}"),
            ("plan", question.plan_hash),
            ("rebuilt here", "the same, byte for byte"),
            ("price", money(listing.policy.price_cents)),
        ]
    )
