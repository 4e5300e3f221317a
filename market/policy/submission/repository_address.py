"""What the address of a buyer's repository may look like, before anybody looks up its host.

One rule for whoever takes a job in and for whoever fetches it: https only (file: where a setting
allows it), no user info, no query, and a path that no tool reads as anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from market.errors import Refused

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_PATH = re.compile(r"/[A-Za-z0-9._~/+-]{1,500}")
_HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class RepositoryAddress:
    """A well-formed address in normal form. `host` is empty for a file: address, `port` then 0."""

    url: str
    host: str
    port: int


def read_address(url: str, *, allow_file: bool) -> RepositoryAddress:
    """The address, in normal form.

    Raises:
        Refused: `repository-address`, naming the part that is not allowed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _HTTPS_PORT
    except ValueError as error:
        raise not_accepted("it is not a URL") from error
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise not_accepted("it carries user info, a query or a fragment")
    if not _PATH.fullmatch(parts.path) or "/../" in f"{parts.path}/":
        raise not_accepted("its path holds characters that are not allowed")
    if parts.scheme == "file" and not parts.netloc:
        if not allow_file:
            raise not_accepted("its scheme is file, expected https")
        return RepositoryAddress(urlunsplit(("file", "", parts.path, "", "")), "", 0)
    if parts.scheme != "https":
        raise not_accepted(f"its scheme is {parts.scheme[:20]!r}, expected https")
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(host):
        raise not_accepted("its host is malformed")
    where = f"{host}:{port}"
    return RepositoryAddress(urlunsplit(("https", where, parts.path, "", "")), host, port)


def not_accepted(reason: str) -> Refused:
    """Why an address is not taken."""
    return Refused(
        "repository-address",
        f"The repository's address is not accepted: {reason}.",
        "Give an address such as https://git.example.org/team/job.git.",
    )
