"""How a job names a program that its buyer sent as a git bundle: by what the bundle's bytes are.

`bundle:` and the SHA-256 of the file stand where else the address of a repository does, in forms,
submissions and jobs alike. The commit is named beside it, as ever: the bundle is how it travels.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from market.policy.submission.repository_address import read_address

SCHEME: Final = "bundle:"
_ADDRESS = re.compile(r"bundle:[0-9a-f]{64}")


def bundle_address(data: bytes) -> str:
    """What a job calls a bundle of these bytes."""
    return SCHEME + hashlib.sha256(data).hexdigest()


def bundle_digest(repository: str) -> str | None:
    """The SHA-256 (hex) of the bundle that a repository's address names; None where it names none.

    Takes the normal form alone (`normal_repository`).
    """
    return repository.removeprefix(SCHEME) if _ADDRESS.fullmatch(repository) else None


def normal_repository(text: str) -> str:
    """What a person gave, without space around it; a bundle's in lower case."""
    address = text.strip(" \t\r\n")
    return address.lower() if _ADDRESS.fullmatch(address.lower()) else address


def check_repository(repository: str, *, allow_file: bool) -> None:
    """Return if a job may name this: a bundle, or a repository's address.

    Raises:
        Refused: `repository-address`, naming the part that is not allowed.
    """
    if bundle_digest(repository) is None:
        read_address(repository, allow_file=allow_file)
