"""step: what a job's run in Airflow calls. State and reasons are on the job.

Exit codes: 0 the step is done; 3 the job has ended or was never taken in, so trying again is no
use (market.airflow.names.STEP_ENDED); anything else is a crash, and trying again is safe.

Warnings on the way, and a crash, go to standard error as in every process: JSON lines, redacted,
each with the job and the organisation or consortium it belongs to.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

import click
import structlog

from crypto.errors import CryptoError
from market.airflow.names import STEP_ENDED, owner_of
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.session import Session, load_settings, now, pass_session, report
from market.entities.job import End, Job
from market.errors import MarketError, NotFound, Refused
from market.log import log_context, logging_to
from market.plan.program_words import programs_words
from market.policy.submission.submission import Submission
from market.services.compute.carry_run import evaluate_run, plan_run, seal_run
from market.services.submit.submit_job import job_of_run
from market.wiring import open_platform

_LOG = structlog.get_logger("market.step")

BROKEN_OFF = 1

COMMANDS = {
    "plan": Lazy("operator.step:plan", "Take a run's job in, build and price its plan."),
    "evaluate": Lazy("operator.step:evaluate", "Compute the platform's shares of an approved job."),
    "seal": Lazy("operator.step:seal", "Seal the session of a consortium's approved job."),
}


@click.group("step", cls=LazyGroup, lazy=COMMANDS)
def step() -> None:
    """The steps of a job's run. Airflow calls them; doing one again does no harm.

    Exit codes: 0 done, 3 the job has ended (its state says why), anything else a crash.
    """


@click.command(
    "plan",
    cls=Leaf,
    epilog="Example: market step plan --run=submit_acme/market__01 --user=ada "
    """--submission='{"commit":"0123...","dataset":"visits","epsilon":"0.5",'"""
    """'"repository":"https://git.example.org/job.git"}'""",
)
@click.option("--run", required=True, help="DAG id and run id, joined by a slash.")
@click.option("--user", required=True, help="Who triggered the run.")
@click.option("--submission", required=True, help="What the run's form holds, as one JSON object.")
@pass_session
@click.pass_context
def plan(
    context: click.Context,
    session: Session,
    run: str,
    user: str,
    submission: str,
) -> None:
    """Find or make the run's job, build its plan in the sandbox, price it, reserve its budget."""
    with _logged(context, "plan", run):
        platform = open_platform(load_settings(session))
        try:
            asked = Submission.from_text(submission)
            job = plan_run(platform, run, user, asked, now=now())
        except (NotFound, Refused) as error:
            _turn_away(context, session, error)
        _finish(context, session, job)


@click.command("evaluate", cls=Leaf, epilog="Example: market step evaluate --run=submit_acme/01")
@click.option("--run", required=True, help="DAG id and run id, joined by a slash.")
@click.option(
    "--tries-left",
    type=click.IntRange(0, 100),
    default=0,
    help="How often it is done again if it fails: a fault that may pass ends the job once none is.",
)
@pass_session
@click.pass_context
def evaluate(context: click.Context, session: Session, run: str, tries_left: int) -> None:
    """Verify both signatures again and compute the platform's shares over the ciphertext."""
    carry = partial(evaluate_run, tries_left=tries_left)
    _second_stage(context, session, "evaluate", run, carry)


@click.command("seal", cls=Leaf, epilog="Example: market step seal --run=consortium_labs_1/01")
@click.option("--run", required=True, help="DAG id and run id, joined by a slash.")
@pass_session
@click.pass_context
def seal(context: click.Context, session: Session, run: str) -> None:
    """Verify every signature again and bind all members' joinings into one seal."""
    _second_stage(context, session, "seal", run, seal_run)


def _second_stage(
    context: click.Context,
    session: Session,
    step: str,
    run: str,
    carry: Callable[..., Job],
) -> None:
    with _logged(context, step, run), ended_by_sigterm():
        platform = open_platform(load_settings(session))
        try:
            job = carry(platform, run, now=now())
        except NotFound as error:
            _turn_away(context, session, error)
        _finish(context, session, job)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Leave the block by SystemExit when told to end, so that what it began in a cluster is ended
    as well; without it the process would be gone at once."""
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _logged(context: click.Context, step: str, run: str) -> Iterator[None]:
    """Log what happens inside under the run's job; a crash too, which would else print itself
    with whatever its message holds."""
    owner = owner_of(run)
    with (
        # Airflow keeps all that a step writes: one without trouble writes its result, no more.
        logging_to(sys.stderr, level=logging.WARNING),
        log_context(job=job_of_run(run), **{owner.kind: owner.name}),
    ):
        try:
            yield
        except (MarketError, CryptoError, click.exceptions.Exit):
            raise
        except Exception:  # noqa: BLE001 - told with its trace; Airflow tries again
            _LOG.exception("step broke off", step=step)
            context.exit(BROKEN_OFF)


def _turn_away(context: click.Context, session: Session, error: MarketError) -> NoReturn:
    # Airflow shows the last line, so for people there is one.
    if session.output.is_json:
        report(session, error)
    else:
        session.output.note(f"Not taken in: {error}")
    context.exit(STEP_ENDED)


def _finish(context: click.Context, session: Session, job: Job) -> None:
    why = job.end or End("", "", "")
    text = f"Job {job.job} is {job.state}."
    if job.end:
        words = f" {programs_words(why.program_says)}" if why.program_says else ""
        text = f"Job {job.job} was {job.state}: {why.code}: {why.message} {why.next_action}{words}"
    document = {
        "job": job.job,
        "state": job.state,
        "code": why.code,
        "message": why.message,
        "next_action": why.next_action,
        "program_says": why.program_says,
    }
    session.output.show(document, lambda output: output.line(text))
    if job.end:
        context.exit(STEP_ENDED)
