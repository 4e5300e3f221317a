"""A deploy token: what a private repository's host is shown, so that one commit can be fetched.

As a person is given it: the token alone, or `USER:TOKEN` where the host wants a certain name.
It is sent as HTTP basic authentication (RFC 7617). It stands in no form, log or export: it comes
beside a submission, and lies sealed to the platform until the job's plan is built.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from crypto.secret import Secret
from market.errors import Refused
from market.policy.submission.bundle_address import bundle_digest

LONGEST: Final = 1_000
_ANYBODY: Final = "x-access-token"
"""The name before a token that comes without one: hosts that look at tokens alone take any."""
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,1000}")


def read_token(text: str) -> Secret:
    """A token as its file or field holds it, without space around it.

    Raises:
        Refused: `repository-token-malformed`; nothing of it is repeated.
    """
    token = text.strip(" \t\r\n")
    if not _TOKEN.fullmatch(token):
        raise Refused(
            "repository-token-malformed",
            f"The repository's token has {len(token)} characters, expected 1 to {LONGEST} "
            "printable ones without space.",
            "Give the token as its host shows it, or USER:TOKEN, alone in its file.",
        )
    return Secret(token.encode("ascii"))


def refuse_needless_token(repository: str) -> None:
    """Return if a token can be of use to whoever fetches this.

    Raises:
        Refused: `repository-token-needless` for a bundle.
    """
    if bundle_digest(repository) is not None:
        raise Refused(
            "repository-token-needless",
            "A deploy token was given for a program that is sent as a bundle.",
            "Leave it out: nothing is fetched. Or name the repository's https address.",
        )


def authorization_of(token: Secret) -> str:
    """The HTTP header that shows a token to a repository's host."""
    text = token.reveal().decode("ascii")
    named = text if ":" in text else f"{_ANYBODY}:{text}"
    return "Authorization: Basic " + base64.b64encode(named.encode("ascii")).decode("ascii")
