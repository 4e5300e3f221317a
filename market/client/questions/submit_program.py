"""Submit a program: by the address of its repository, or the commit itself, sent as a git bundle.

A bundle made here holds the commit and its files, and none of its history, so that a private
repository tells no more than its program. A copy is kept with the job, from which the plan is built
again before it is signed; of a repository that the platform fetches, too: out of the checkout that
has the commit, or fetched here once. Its host is then asked for nothing more, and no token is
needed again.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from crypto.canonical import Json
from crypto.secret import Secret
from market import wire
from market.adapters.git_bundle import check_out_bundle
from market.adapters.repository import FetchLimits, fetch_bundle
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.kept_program import keep_program
from market.client.kept.kept_submission import forget_key, kept_key
from market.client.questions.repository import (
    changed_files,
    describe_checkout,
    git_bytes,
    has_commit,
)
from market.errors import MarketError, Refused
from market.plan.program_source import load_source
from market.policy.submission.bundle_address import bundle_address
from market.policy.submission.commit import read_commit
from market.policy.submission.git_bundle import bundle_of_pack
from market.policy.submission.repository_token import read_token, refuse_needless_token
from market.policy.submission.submission import Submission

_SHOWN_FILES: Final = 5


def commit_here(directory: Path) -> str:
    """The commit that a checkout stands at, where its files are those of the commit.

    Files that git does not track are passed over.

    Raises:
        Refused: `changes-not-committed`, with the files; no git repository with a commit.
    """
    changed = changed_files(directory)
    if changed:
        more = f" and {len(changed) - _SHOWN_FILES} more" if len(changed) > _SHOWN_FILES else ""
        raise Refused(
            "changes-not-committed",
            f"Changed in {directory} and not committed: {', '.join(changed[:_SHOWN_FILES])}{more}.",
            "What is submitted is a commit: git commit -a, then submit again. Or name a commit as "
            "it is: --commit FULL-HASH.",
        )
    return describe_checkout(directory).commit


def bundle_of(directory: Path, commit: str) -> bytes:
    """A commit of a checkout as a git bundle, without its history, checked by the platform's rules.

    Raises:
        Refused: the commit is not in the checkout, a rule for programs refuses its files, or
            `program-missing`, `program-syntax`, `program-duplicate-name`: no plan comes of it.
        Unavailable: git is not installed.
    """
    commit = read_commit(commit)
    if not has_commit(directory, commit):
        raise Refused(
            "commit-not-here",
            f"Commit {commit} is not in {directory}.",
            "Give one that git log shows there, or the folder that has it: market submit FOLDER.",
        )
    # As an object alone: what it names has to be there, and nothing before it.
    listed = git_bytes(directory, "rev-list", "--objects", "--no-walk", f"{commit}^{{commit}}")
    pack = git_bytes(directory, "pack-objects", "--stdout", "-q", given=listed)
    data = bundle_of_pack(commit, pack)
    _check_program(data, commit, FetchLimits())
    return data


def _check_program(data: bytes, commit: str, limits: FetchLimits) -> None:
    with tempfile.TemporaryDirectory(prefix="market-bundle-") as folder:
        files = Path(folder) / "files"
        check_out_bundle(data, commit, files, limits)
        load_source(files)


def copy_of(
    directory: Path, repository: str, commit: str, limits: FetchLimits, token: Secret | None
) -> bytes | None:
    """A commit that the platform will fetch, as a bundle to keep: of the checkout that has it, else
    of its repository. None where neither gives it: whether it can be had is for the platform to
    say, from where it stands, and signing looks for it again.

    Raises:
        Refused: `program-missing`, `program-syntax`, `program-duplicate-name`: of what it gives no
            plan comes.
    """
    try:
        if has_commit(directory, commit):
            return bundle_of(directory, commit)
        data = fetch_bundle(repository, commit, limits, token=token)
        _check_program(data, commit, limits)
    except MarketError as error:
        if error.code.startswith("program-"):
            raise
        return None
    return data


def token_in(file: Path) -> Secret:
    """The deploy token that a file holds.

    Raises:
        Refused: `repository-token-malformed`; `repository-token-unreadable`.
    """
    try:
        return read_token(file.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise Refused(
            "repository-token-unreadable",
            f"The token's file {file} cannot be read ({type(error).__name__}).",
            "Give a file that holds the token alone, as its host shows it.",
        ) from error


def submit(
    portal: PortalClient,
    home: ClientHome,
    submission: Submission,
    *,
    bundle: bytes | None = None,
    token: Secret | None = None,
    copy: bytes | None = None,
) -> dict[str, Json]:
    """Submit a job in normal form, and remember what it has to say when it comes back to be signed.

    Called again because no answer came, it finds the job that there is: `repeated` in the answer.

    Args:
        bundle: the commit itself, sent first; the submission then names it in place of an address.
        token: of a private repository; it goes to the platform alone, and is not kept here.
        copy: the commit as a bundle that is not sent: its plan is built again from it.

    Raises:
        Refused: the submission is malformed, or `repository-token-needless`; nothing was sent.
        MarketError: what the portal answered.
    """
    if bundle is not None:
        submission = replace(submission, repository=bundle_address(bundle))
    submission = submission.normal()
    if token is not None:
        refuse_needless_token(submission.repository)
    if bundle is not None:
        portal.send("programs", bundle)
    body: dict[str, Any] = submission.to_json()
    if token is not None:
        body["token"] = token.reveal().decode("ascii")
    key = kept_key(home, portal.url, submission)
    job: dict[str, Json] = portal.post("jobs", body, key=key)
    name = str(job["job"])
    home.write_job(name, "submission.json", wire.encode(submission))
    if kept := bundle or copy:
        keep_program(home, name, kept)
    forget_key(home, portal.url, submission)
    return job
