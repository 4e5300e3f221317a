"""submit, jobs, job: a buyer's questions on their way."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Any

import click

from crypto.identity import PublicKey
from market.adapters.repository import FetchLimits
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.options import datasets_option, token_option
from market.cli.output import Output, date
from market.cli.session import Session, pass_session
from market.client.kept.kept_program import forget_ended
from market.client.questions.first_program import first_program
from market.client.questions.repository import new_repository
from market.client.questions.submit_program import bundle_of, commit_here, copy_of, submit, token_in
from market.client.questions.wait_for_job import ORDER, wait_for
from market.client.verify.asked_source import fetch_source
from market.entities.engines import Engine, facts_of
from market.entities.job_states import TERMINAL, WAY, State
from market.plan.program_words import programs_words
from market.policy.submission.asked_ids import dataset_ids_text
from market.policy.submission.bundle_address import bundle_address
from market.policy.submission.submission import Submission
from market.pricing.loss import rho_text

_BUYER = "buyer"
COMMANDS = {
    "new": Lazy("buyer.jobs:new", "Make a job's git repository."),
    "run": Lazy("buyer.twin:run", "Run a program on a dataset's twin, offline.", _BUYER),
    "show": Lazy("buyer.jobs:show", "State and timeline of a job."),
    "wait": Lazy("buyer.jobs:wait", "Wait until a job is in a state."),
    "cancel": Lazy("buyer.jobs:cancel", "Take a job back before it is approved."),
}


@click.group("job", cls=LazyGroup, lazy=COMMANDS)
def job() -> None:
    """One job: a question, from its repository to its sealed answer."""


@click.command(
    "new", cls=Leaf, epilog="Example: market job new visits-by-health --dataset household-visits"
)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--dataset", help="Write the program for this dataset's columns.")
@pass_session
def new(session: Session, directory: Path, dataset: str | None) -> None:
    """Make a git repository in DIRECTORY with an example program and a first commit.

    With --dataset it asks that dataset's own columns what its owner sells: it can be rehearsed and
    priced as it is. Change `build(ds)`, try it (market job run --twin DATASET), commit, submit.
    """
    program = None
    if dataset is not None:
        source = fetch_source(session.client_home, session.portal(), dataset)
        program = first_program(dataset, source.schema, source.policy, source.lattice)
    commit = new_repository(directory, program)
    document = {"directory": str(directory), "commit": commit}

    def render(output: Output) -> None:
        output.line(f"Made {directory} with commit {commit}.")
        run = f"market job run --twin {dataset or 'DATASET'} {shlex.quote(str(directory))}"
        output.line(f"Next: change {directory / 'job.py'}, then {run}.")

    session.output.show(document, render)


@click.command(
    "submit", cls=Leaf, epilog="Example: market submit . --dataset household-visits --epsilon 0.5"
)
@click.argument("directory", default=".", type=click.Path(exists=True, path_type=Path))
@datasets_option
@click.option("--epsilon", required=True, help="The largest epsilon the job may have, such as 0.5.")
@click.option("--repository", help="Have the platform fetch the commit from this address instead.")
@click.option("--commit", help="Full hash; else the checkout's HEAD.")
@token_option
@click.option("--recipient", default="", help="Whom a consortium answers; else yourself.")
@click.option("--verified", is_flag=True, help="Members verify each other's arithmetic.")
@pass_session
def submit_command(
    session: Session,
    directory: Path,
    datasets: tuple[str, ...],
    epsilon: str,
    repository: str | None,
    commit: str | None,
    token_file: Path | None,
    recipient: str,
    verified: bool,
) -> None:
    """Submit the program of a commit to a dataset, to several owners', or to a consortium of yours.

    The commit of the checkout in DIRECTORY is sent to the platform itself, without its history: no
    host is needed. With --repository the platform fetches it there: push it first, and give
    --token-file where the repository is private. The job then waits for `market sign`, a
    consortium's for that of its recipient.
    """
    commit = commit or commit_here(directory)
    bundle = bundle_of(directory, commit) if repository is None else None
    said = "yes" if verified else ""
    dataset = dataset_ids_text(datasets)
    named = repository or bundle_address(bundle or b"")
    token = token_in(token_file) if token_file else None
    limits = FetchLimits(allow_file=True)
    answer = submit(
        session.portal(),
        session.client_home,
        Submission(named, commit, dataset, epsilon, recipient, said),
        bundle=bundle,
        token=token,
        copy=copy_of(directory, repository, commit, limits, token) if repository else None,
    )

    names = ", ".join(datasets)

    def render(output: Output) -> None:
        asked = f"commit {answer['commit'][:12]} to {names}"
        if answer["repeated"]:
            output.line(f"This was submitted already: {answer['job']}, {asked}.")
            output.line("For a second job submit it once more.")
        else:
            output.line(f"Submitted {answer['job']}: {asked}.")
        output.line(f"Next: market sign {answer['job']} when it is planned.")

    session.output.show(answer, render)


@click.command("jobs", cls=Leaf, epilog="Example: market jobs --json")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--after", default="", metavar="JOB", help="Continue the list after this job.")
@pass_session
def jobs(session: Session, limit: int, after: str) -> None:
    """List your organisation's jobs, newest first, up to --limit of them."""
    found = session.portal().get("jobs", after=after, limit=str(limit))
    forget_ended(session.client_home, found)

    def render(output: Output) -> None:
        rows = [
            (
                one["job"],
                one["state"],
                ", ".join(asked["dataset"] for asked in one["datasets"]),
                one["epsilon"],
                _price(session, one),
                date(one["updated_at"]),
                one["buyer"],
                one["code"],
            )
            for one in found
        ]
        columns = ("job", "state", "dataset", ">epsilon", ">price", "changed", "by", "code")
        output.table(columns, rows, empty="No job yet. Find a dataset: market dataset list")
        if len(found) == limit:
            output.line(f"Older ones: market jobs --after {found[-1]['job']}")

    session.output.show(found, render)


@click.command("show", cls=Leaf, epilog="Example: market job show job-0123456789ab")
@click.argument("job")
@pass_session
def show(session: Session, job: str) -> None:
    """Show a job's state, what it waits for, and its timeline."""
    portal = session.portal()
    answer = portal.get(f"jobs/{job}")
    forget_ended(session.client_home, [answer])
    timeline = portal.get(f"jobs/{job}/timeline")

    def render(output: Output) -> None:
        _render_job(output, answer, _price(session, answer))
        output.line("")
        rows = [(date(event["at"]), event["step"], event["text"]) for event in timeline]
        output.table(("when (UTC)", "step", "what"), rows)

    session.output.show({**answer, "timeline": timeline}, render)


@click.command("wait", cls=Leaf, epilog="Example: market job wait job-0123456789ab --until planned")
@click.argument("job")
@click.option(
    "--until",
    type=click.Choice(WAY[1:]),
    default=WAY[-1],
    show_default=True,
    help="The state to wait for; a later one will do.",
)
@click.option("--timeout-seconds", type=click.IntRange(1), default=3_600, show_default=True)
@pass_session
def wait(session: Session, job: str, until: State, timeout_seconds: int) -> None:
    """Wait until a job is in a state, or past it.

    A job that ends otherwise ends the wait with its code and next action.
    """
    portal = session.portal()
    with session.output.progress(f"{job}: waiting until {until}", len(ORDER)) as advance:
        found = wait_for(
            lambda: portal.get(f"jobs/{job}"),
            until,
            timeout_seconds,
            time.monotonic,
            time.sleep,
            advance=advance,
        )
    answer = dict(found)
    price = _price(session, answer)
    session.output.show(answer, lambda output: _render_job(output, answer, price))


@click.command("cancel", cls=Leaf, epilog="Example: market job cancel job-0123456789ab")
@click.argument("job")
@pass_session
def cancel(session: Session, job: str) -> None:
    """Take a job back while nobody has approved it. Nothing is spent."""
    answer = session.portal().post(f"jobs/{job}/cancel", {})
    forget_ended(session.client_home, [answer])
    session.output.show(answer, lambda output: output.line(f"Job {job} is cancelled."))


def _advice(answer: dict[str, Any]) -> str:
    engine: Engine = answer["engine"]
    state: State = answer["state"]
    return facts_of(engine, len(answer["datasets"]))[state].advice.format(job=answer["job"])


def _party(one: dict[str, Any]) -> str:
    """One party of a job: its key, whose agent it is, what it answers for, what it has given."""
    given = [word for word in ("approved", "released", "aborted") if one[word]]
    names = ", ".join(one["datasets"])
    key = PublicKey.parse(one["party"]).fingerprint()
    said = " and ".join(given) or "has not answered"
    return f"{key[:16]} of {one['organisation']} for {names}: {said}"


def _price(session: Session, job: dict[str, Any]) -> str:
    """What a job costs; nothing before it is planned: until then nobody knows."""
    return session.money(job["price_cents"]) if job["plan_hash"] else ""


def _render_job(output: Output, answer: dict[str, Any], price: str) -> None:
    state = answer["state"]
    pairs = [
        ("job", answer["job"]),
        ("state", state),
        *(("dataset", f"{one['dataset']} version {one['version']}") for one in answer["datasets"]),
        ("repository", answer["repository"]),
        ("commit", answer["commit"]),
        ("epsilon asked", answer["epsilon"]),
        ("rho", rho_text(answer["rho_units"])),
        *([("price", price)] if price else []),
        ("by", f"{answer['buyer']} of {answer['organisation']}, {date(answer['created_at'])}"),
    ]
    pairs.extend(("agent", _party(one)) for one in answer["answers"])
    if state not in TERMINAL:
        pairs.append(("waits until", date(answer["deadline"])))
    if answer["code"]:
        pairs.append(("why", f"{answer['code']}: {answer['message']}"))
        if answer["program_says"]:
            pairs.append(("", programs_words(answer["program_says"])))
        pairs.append(("next", answer["next_action"]))
    else:
        pairs.append(("next", _advice(answer)))
    output.fields(pairs)
