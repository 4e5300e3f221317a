"""Take in a program that a buyer sends as a git bundle; hand it out to whoever builds its plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from market.entities.job import Job
from market.entities.people import User
from market.entities.sent_program import SentProgram
from market.errors import NotFound, Refused
from market.plan.text import readable
from market.policy.submission.bundle_address import bundle_address, bundle_digest, normal_repository
from market.policy.submission.commit import read_commit
from market.policy.submission.git_bundle import bundle_too_large, read_bundle, require_among
from market.policy.submission.submission import Submission
from market.ports.object_store import ObjectMissing
from market.ports.stages import PUBLIC, Access
from market.services.authorize import require_asker
from market.services.platform import Platform
from market.services.submit.repository_tokens import token_of


@dataclass(frozen=True, slots=True)
class Sent:
    """What a job names a sent program by, and the commits that its bundle leads to."""

    repository: str
    commits: tuple[str, ...]
    size_bytes: int


def most_program_bytes(platform: Platform) -> int:
    """How large a bundle may be."""
    return platform.program_limits.maximum_bytes


def send_program(platform: Platform, user: User, data: bytes, *, now: int) -> Sent:
    """Keep a bundle for the jobs of the user's organisation; the same again changes nothing.

    Its pack is read when a plan is built, not here.

    Raises:
        NotPermitted: the user may not ask.
        Refused: `bundle-too-large`, `bundle-malformed`, `bundle-incomplete`, `programs-full`.
        Unavailable: the object store does not answer.
    """
    require_asker(user)
    most = platform.program_limits
    if len(data) > most.maximum_bytes:
        raise bundle_too_large(len(data), most.maximum_bytes)
    commits = read_bundle(data).commits
    digest = sha256(data).hexdigest()
    program = SentProgram(user.organisation, digest, len(data), now)
    # Noted before it is stored: so it counts, and goes by itself where storing breaks off.
    platform.sent_programs.note(program, most_bytes=most.organisation_bytes)
    platform.objects.put(program.key, data, sha256=digest)
    return Sent(bundle_address(data), commits, len(data))


def send_with_form(
    platform: Platform, user: User, asked: Submission, data: bytes, *, now: int
) -> Submission:
    """Keep the bundle that came in the file field of a form: what the form asks, of its program. A
    commit that was left empty is the bundle's, where it leads to one alone.

    Raises:
        Refused: `program-twice`: the form names a repository besides; `bundle-other-commit`,
            `commit-malformed`. And NotPermitted, Refused, Unavailable: see `send_program`.
    """
    address = normal_repository(asked.repository)
    if address and bundle_digest(address) is None:
        raise Refused(
            "program-twice",
            f"The form names the repository {readable(address):.100} and holds a bundle.",
            "Nothing was sent. Leave the address empty, or choose no file.",
        )
    sent = send_program(platform, user, data, now=now)
    commit = asked.commit.strip(" \t\r\n")
    if commit:
        require_among(sent.commits, read_commit(commit))
    elif len(sent.commits) == 1:
        (commit,) = sent.commits
    return replace(asked, repository=sent.repository, commit=commit)


def require_sent(platform: Platform, user: User, repository: str, *, now: int) -> None:
    """Return if a job of this user may name the repository; a bundle is then kept on.

    Raises:
        NotFound: `bundle-unknown`: their organisation has sent no such bundle, or long ago.
    """
    digest = bundle_digest(repository)
    if digest is None:
        return
    if not platform.sent_programs.need(user.organisation, digest, now=now):
        raise _unknown(digest)


def access_of(platform: Platform, job: Job) -> Access:
    """What the job's buyer handed over so that its program can be had.

    Raises:
        Refused: `repository-token-refused` for a token that cannot be opened any more.
        NotFound: `bundle-unknown`. Unavailable: the object store does not answer.
    """
    digest = bundle_digest(job.repository)
    if digest is not None:
        return Access(bundle=_read(platform, digest))
    token = token_of(platform, job)
    return PUBLIC if token is None else Access(token=token)


def _read(platform: Platform, digest: str) -> bytes:
    """The bundle's bytes; alike at all who sent it. Who may name it was judged before."""
    for program in platform.sent_programs.find(digest):
        data = bytearray(program.size_bytes)
        try:
            platform.objects.read(program.key, memoryview(data))
        except ObjectMissing:
            continue
        if sha256(data).hexdigest() != digest:
            raise Refused(
                "bundle-altered",
                f"The bundle {digest[:12]} is not stored as it was sent.",
                "Nothing was built. Tell the platform's operator; send the program again.",
            )
        return bytes(data)
    raise _unknown(digest)


def _unknown(digest: str) -> NotFound:
    return NotFound(
        "bundle-unknown",
        f"Your organisation has sent no bundle {digest[:12]}, or it was deleted since.",
        "Send it and submit in one step: market submit DIRECTORY.",
    )
