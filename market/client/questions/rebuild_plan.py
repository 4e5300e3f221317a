"""The plan of a commit or a directory, built on the buyer's own machine.

By the platform's code (market.adapters.plan_builder) and in the same sandbox: twice, without
network, without the buyer's files, keys or token. Where that sandbox does not work nothing is run,
unless the program is the person's own and they say that it may run without.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crypto.errors import FormatError
from crypto.secret import Secret
from market import wire
from market.adapters.plan_builder import SandboxPlanBuilder, build_twice
from market.adapters.plan_document import BuiltPlan
from market.adapters.repository import FetchLimits, check_out, local_source
from market.adapters.sandbox.builds import Builds, BuildsHere, InSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.client.questions.own_program import Unsandboxed, copy_of
from market.client.questions.repository import describe_checkout, has_commit
from market.errors import Refused, Unavailable
from market.plan.plan import Plan, plan_hash
from market.plan.program_input import ProgramInput
from market.policy.submission.bundle_address import bundle_digest
from market.policy.submission.submission import Submission
from market.ports.stages import PUBLIC, Access

_SANDBOX = ("sandbox-missing", "sandbox-failed")


@dataclass(frozen=True, slots=True)
class Nearby:
    """Where a job's program can be had on this machine, beside what its client has kept: the
    folder the person stands in, and the deploy token of a private repository."""

    checkout: Path | None = None
    token: Secret | None = None


def fetch_and_build(
    repository: str,
    commit: str,
    asked: ProgramInput,
    limits: FetchLimits,
    access: Access = PUBLIC,
) -> BuiltPlan:
    """Build the plan of a commit, fetched from its repository or out of its bundle, in the sandbox.

    Raises:
        Refused: the address, the commit or the program breaks a rule.
        Unavailable: the repository does not answer; git or a part of the sandbox is missing.
    """
    return SandboxPlanBuilder(limits, BuildsHere(InSandbox(SandboxLimits()))).build_commit(
        repository, commit, asked, access
    )


def build_submitted(
    submission: Submission,
    kept_bundle: bytes | None,
    asked: ProgramInput,
    limits: FetchLimits,
    nearby: Nearby,
) -> BuiltPlan:
    """Build the plan of a job's program in the sandbox: from the copy that was kept of its commit,
    else from its repository, or of one that was sent as a bundle from the checkout that has it.

    Raises:
        Refused: as `fetch_and_build`; `program-not-here` where this machine has no copy.
        Unavailable: as `fetch_and_build`.
    """
    repository, commit = submission.repository, submission.commit
    if kept_bundle is not None:
        return fetch_and_build(repository, commit, asked, limits, Access(bundle=kept_bundle))
    if bundle_digest(repository) is None:
        return fetch_and_build(repository, commit, asked, limits, Access(token=nearby.token))
    checkout = nearby.checkout
    if checkout is None or not has_commit(checkout, commit):
        raise Refused(
            "program-not-here",
            f"The program was sent as a bundle, and nothing here has its commit {commit[:12]}.",
            "Run it in your checkout of the program, which has that commit.",
        )
    source = local_source(describe_checkout(checkout).top)
    builds = _builds(is_sandboxed=True, wall_seconds=SandboxLimits().wall_seconds)
    return build_twice(lambda place: check_out(source, commit, place, limits), asked, builds)


def build_directory(
    directory: Path, asked: ProgramInput, *, is_sandboxed: bool = True, wall_seconds: int = 20
) -> BuiltPlan:
    """Build the plan of the person's own directory as it lies there.

    Raises:
        Refused: the program broke a rule, or left no plan.
        Unavailable: a part of the sandbox is missing; its next action names the other way.
    """
    builds = _builds(is_sandboxed=is_sandboxed, wall_seconds=wall_seconds)
    try:
        return build_twice(copy_of(directory.resolve()), asked, builds)
    except Unavailable as error:
        raise _or_without(error) from error


def build_own_commit(
    checkout: Path, commit: str, asked: ProgramInput, limits: FetchLimits
) -> BuiltPlan:
    """Build the plan of the commit that the person's own checkout stands at, without a sandbox.

    Nothing is fetched from elsewhere: the files are those of the checkout's commit.

    Raises:
        Refused: `checkout-elsewhere` when the checkout stands at another commit.
    """
    own = describe_checkout(checkout)
    if own.commit != commit:
        raise Refused(
            "checkout-elsewhere",
            f"The checkout in {checkout} stands at {own.commit}; the job's commit is {commit}.",
            f"Without the sandbox only your own checkout is run: git checkout {commit} in it.",
        )
    source = local_source(own.top)
    return build_twice(
        lambda place: check_out(source, commit, place, limits),
        asked,
        _builds(is_sandboxed=False, wall_seconds=SandboxLimits().wall_seconds),
    )


def require_same(built: Plan, plan_text: str, asked: ProgramInput) -> None:
    """Return if the platform's plan is, byte for byte, the one built here.

    Raises:
        Refused: `plan-differs`, with both hashes; `plan-datasets` for one on another number of
            datasets; `plan-malformed` for no plan at all.
    """
    ours = wire.encode(built)
    if ours == plan_text.encode():
        return
    raise Refused(
        "plan-differs",
        f"The platform's plan has hash {_hash_of(plan_text, asked)}; the commit gives "
        f"{plan_hash(built, asked.schemas)} on this machine.",
        "Do not sign. If the program depends on time, chance or this machine, correct it and "
        "submit the new commit; if not, the platform altered the plan: tell the dataset's owner.",
    )


def _builds(*, is_sandboxed: bool, wall_seconds: int) -> Builds:
    limits = SandboxLimits(wall_seconds=wall_seconds)
    return BuildsHere(InSandbox(limits) if is_sandboxed else Unsandboxed(limits))


def _or_without(error: Unavailable) -> Unavailable:
    if error.code not in _SANDBOX:
        return error
    return Unavailable(
        error.code,
        error.message,
        f"{error.next_action} On a machine that cannot have them, run a program you wrote yourself "
        "with --unsandboxed.",
    )


def _hash_of(plan_text: str, asked: ProgramInput) -> str:
    try:
        return plan_hash(wire.decode(Plan, plan_text.encode()), asked.schemas)
    except FormatError as error:
        raise Refused(
            "plan-malformed",
            f"The platform's plan cannot be read: {error}.",
            "Do not sign; tell the platform.",
        ) from error
