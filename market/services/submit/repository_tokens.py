"""Deploy tokens of private repositories: sealed as they come, opened where the commit is fetched.

HPKE (crypto.envelope) to a key of the platform's own, with the job as associated data: what is in
the database opens for nobody else, and for no other job. A token is deleted once its job is planned
or has ended.
"""

from __future__ import annotations

from typing import Final

from crypto.envelope import open_sealed, seal
from crypto.errors import SignatureError
from crypto.secret import Secret
from market.entities.job import Job
from market.errors import NotFound, Refused
from market.services.platform import Platform

_INFO: Final = b"market/repository-token/1"


def keep_token(platform: Platform, job: Job, token: Secret) -> None:
    """Keep the token of a job that was just submitted, sealed.

    Raises:
        Unavailable: the database does not answer.
    """
    newest = platform.token_keys()[0].public_hex
    sealed = seal(token.reveal(), recipient=newest, info=_INFO, aad=job.job.encode())
    platform.sent_programs.keep_token(job.job, sealed)


def token_of(platform: Platform, job: Job) -> Secret | None:
    """The token of a job; None where it came without one.

    Raises:
        Refused: `repository-token-refused`: none of the platform's keys opens it.
    """
    sealed = platform.sent_programs.token(job.job)
    if not sealed:
        return None
    for key in platform.token_keys():
        try:
            return Secret(open_sealed(sealed, key, info=_INFO, aad=job.job.encode()))
        except SignatureError:
            # Sealed before the platform's secret was changed, or after.
            continue
    raise Refused(
        "repository-token-refused",
        "The deploy token cannot be opened: the platform's secret was replaced meanwhile.",
        "Nothing was spent. Submit the job again with its token.",
    )


def drop_tokens(platform: Platform) -> None:
    """Delete the tokens of jobs that are planned, or have ended."""
    for name in platform.sent_programs.jobs_with_token():
        try:
            is_needed = platform.jobs.get(name).state == "submitted"
        except NotFound:
            is_needed = False
        if not is_needed:
            platform.sent_programs.drop_token(name)
