"""The platform's own secrets: files in MARKET_HOME/secrets (0700), mode 0600, made at first use; or
files that somebody else makes and keeps, in the directory that the setting `secrets` names.

    identity           seed of the platform's Ed25519 identity
    sign-on            signs one-time codes: portal and Airflow's api-server
    object-urls        signs the local store's addresses: the portal alone
    forms              opens the forms to Airflow's processes: these and the portal
    repository-tokens  opens deploy tokens of buyers' repositories: the portal seals, steps open
    airflow-jwt        signs Airflow's tokens
    airflow-session    signs Airflow's cookies and file tokens

None of them opens a ciphertext. Losing `identity` loses the platform's name: back it up.

A file has a secret on each line. The first signs; those after it verify, so that what was signed
before a change holds until it expires (market.processes.rotate).
"""

from __future__ import annotations

import functools
import secrets
import stat
from pathlib import Path

from crypto.secret import RotatedSecret, Secret
from market.adapters.private_files import write_private_once
from market.errors import Refused
from market.settings import Settings

IDENTITY = "identity"
SIGN_ON = "sign-on"
OBJECT_URLS = "object-urls"
FORMS = "forms"
REPOSITORY_TOKENS = "repository-tokens"
AIRFLOW_JWT = "airflow-jwt"
AIRFLOW_SESSION = "airflow-session"

_BYTES = {
    IDENTITY: 32,
    SIGN_ON: 32,
    OBJECT_URLS: 32,
    FORMS: 32,
    REPOSITORY_TOKENS: 32,
    AIRFLOW_JWT: 64,
    AIRFLOW_SESSION: 32,
}
NAMES = tuple(_BYTES)


def platform_secret(settings: Settings, name: str) -> Secret:
    """The secret of this name that signs; under the platform's home it is made if it does not exist
    yet.

    Two processes that make it at once get the same one.

    Raises:
        Refused: `secret-missing` where somebody else makes them; `secret-exposed` when others
            than its owner may read the file; `secret-malformed` when it does not hold as many bytes
            as it should.
    """
    return platform_secrets(settings, name)[0]


def platform_secrets(settings: Settings, name: str) -> tuple[Secret, ...]:
    """The secret that signs, and after it those that verify as well (raises as `platform_secret`).

    Read anew at every call: a file that changes counts at once, in every process that sees it.
    """
    path = secrets_directory(settings) / name
    if not path.exists():
        if settings.secrets:
            raise _missing(path)
        write_private_once(path, fresh_secret(name))
    return _read(path, _BYTES[name], others=0o007 if settings.secrets else 0o077)


def rotated_secret(settings: Settings, name: str) -> RotatedSecret:
    """`platform_secrets` at every use."""
    return functools.partial(platform_secrets, settings, name)


def fresh_secret(name: str) -> bytes:
    """A line of a secret's file, with random bytes."""
    return secrets.token_bytes(_BYTES[name]).hex().encode()


def make_secrets(settings: Settings) -> None:
    """Make every secret named above that is not there, or find it there (raises as
    `platform_secret`)."""
    for name in _BYTES:
        platform_secret(settings, name)


def secrets_directory(settings: Settings) -> Path:
    """Where they lie."""
    return Path(settings.secrets) if settings.secrets else settings.home / "secrets"


def _read(path: Path, size_bytes: int, *, others: int) -> tuple[Secret, ...]:
    """`others`: what of a mode opens the file to others. A cluster mounts a secret for a group."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & others:
        raise Refused(
            "secret-exposed",
            f"{path} has mode {mode:04o}, expected {mode & ~others:04o}.",
            f"Think who has read it; then chmod {mode & ~others:04o} {path}, or make another.",
        )
    found = tuple(_secret_of(line, size_bytes) for line in path.read_bytes().split())
    if not found or None in found:
        raise Refused(
            "secret-malformed",
            f"{path} does not hold {size_bytes} bytes in hex on each of its lines.",
            "Restore it from a backup, or remove it and start again.",
        )
    return tuple(secret for secret in found if secret is not None)


def _secret_of(line: bytes, size_bytes: int) -> Secret | None:
    try:
        value = bytes.fromhex(line.decode("ascii"))
    except ValueError:
        return None
    return Secret(value) if len(value) == size_bytes else None


def _missing(path: Path) -> Refused:
    return Refused(
        "secret-missing",
        f"{path} is not there, and the setting secrets says that somebody else makes it.",
        f"Put {_BYTES[path.name]} random bytes in hex there, the same for every process "
        f"(openssl rand -hex {_BYTES[path.name]}), and start again.",
    )
