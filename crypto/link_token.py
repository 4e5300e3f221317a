"""The name under which two members' connections meet at a relay.

It is no secret between the two and the relay, and nobody else can guess it: the seal covers both
members' certificates. What keeps a stranger out is TLS inside the connection, pinned end to end.
"""

from __future__ import annotations

from crypto.canonical import digest
from crypto.errors import ParameterError

_TAG = "mpc/link/v1"


def link_token(seal: str, one: int, other: int) -> str:
    """The token, 64 hex characters, of the link between two points of a sealed session.

    Raises:
        ParameterError: the points are equal, or not from 1.
    """
    lower, higher = sorted((one, other))
    if not 1 <= lower < higher:
        raise ParameterError(f"a link joins two points from 1, not {one} and {other}")
    return digest(_TAG, {"higher": higher, "lower": lower, "seal": seal})
