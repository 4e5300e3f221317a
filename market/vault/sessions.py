"""The TLS keys of sessions that are under way: each for one request, gone when that is over.

sessions/<request hash>-<until>.key    key and certificate (wrapped); `until` in Unix seconds
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from crypto import canonical
from crypto.mpc.certificates import SessionIdentity, make_identity
from crypto.secret import Secret
from market.errors import Refused
from market.records.members import check_hash
from market.vault.home import AgentHome, Entropy

_KIND = "session"


def identity_for(
    home: AgentHome, request_hash: str, *, now: int, until: int, entropy: Entropy
) -> SessionIdentity:
    """A key and certificate for the session of a request: the ones kept for it, or new ones.

    Whoever approves twice, not knowing whether the first yes arrived, joins with one certificate:
    either joining may be the one that counts.
    """
    if kept := _kept(home, request_hash):
        return kept
    identity = make_identity(
        datetime.fromtimestamp(now, UTC), entropy, valid_for=timedelta(seconds=until - now)
    )
    secret = {"certificate": identity.certificate, "key": identity.key.reveal().decode("ascii")}
    path = home.sessions_path / f"{request_hash}-{until}.key"
    home.write_secret(path, Secret(canonical.dumps(secret)), kind=_KIND)
    return identity


def read_identity(home: AgentHome, request_hash: str) -> SessionIdentity:
    """What this agent joined a session with.

    Raises:
        Refused: `session-key-missing`; `key-locked`.
    """
    if kept := _kept(home, request_hash):
        return kept
    raise Refused(
        "session-key-missing",
        "This agent has lost the key it joined the session with.",
        "Nothing was spent. Submit the job again.",
    )


def forget_identity(home: AgentHome, request_hash: str) -> None:
    """The session is over: nobody can take its place any more."""
    for path in _paths(home, request_hash):
        _forget(home, path)


def forget_ended(home: AgentHome, *, now: int) -> None:
    """Drop the keys of requests whose time is over; a session that runs has read its own."""
    for path in home.sessions_path.glob("*.key"):
        if int(path.stem.rpartition("-")[2]) <= now:
            _forget(home, path)


def _kept(home: AgentHome, request_hash: str) -> SessionIdentity | None:
    for path in _paths(home, request_hash):
        kept = canonical.loads(home.read_secret(path, kind=_KIND).reveal())
        return SessionIdentity(Secret(kept["key"].encode("ascii")), kept["certificate"])
    return None


def _forget(home: AgentHome, path: Path) -> None:
    home.forget_secret(path)
    path.unlink(missing_ok=True)


def _paths(home: AgentHome, request_hash: str) -> list[Path]:
    check_hash("request_hash", request_hash)
    return sorted(home.sessions_path.glob(f"{request_hash}-*.key"))
