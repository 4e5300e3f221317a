"""The keys of an S3 store, from the environment or the files that it names.

    MARKET_S3_ACCESS_KEY_ID         MARKET_S3_SECRET_ACCESS_KEY         this process's own
    MARKET_S3_READ_ACCESS_KEY_ID    MARKET_S3_READ_SECRET_ACCESS_KEY    for Spark alone, if given

Each may be given as NAME_FILE, a file of one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crypto.secret import Secret
from market.errors import Refused
from market.given_settings import mounted_line

_PARTS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
_OWN = "MARKET_S3_"
_READ = "MARKET_S3_READ_"
_IN_FILE = "_FILE"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a store knows one of its users by."""

    access_key_id: str
    secret_access_key: Secret


def read_credentials(environment: Mapping[str, str]) -> Credentials:
    """This process's own.

    Raises:
        Refused: `store-credentials`, one is missing or given twice; `settings-invalid`, a file
            cannot be read, or holds several lines.
    """
    identity, secret = _both(environment, _OWN)
    return Credentials(identity, Secret(secret.encode()))


def credentials_for_spark(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that a driver and its workers find their own credentials in: those that only
    read where there are any, else this process's. Of files, the names.

    Raises:
        Refused: `store-credentials`, half of those that only read is there.
    """
    given = {name: value for name, value in environment.items() if name in _names(_READ)}
    if not given:
        return {name: value for name, value in environment.items() if name in _names(_OWN)}
    for part in _PARTS:
        if not any(given.get(_READ + part + ending) for ending in ("", _IN_FILE)):
            raise _refused(f"{_READ}{part} not set, the other half of the key is")
    return {_OWN + name.removeprefix(_READ): value for name, value in given.items()}


def _names(prefix: str) -> set[str]:
    return {prefix + part + ending for part in _PARTS for ending in ("", _IN_FILE)}


def _both(environment: Mapping[str, str], prefix: str) -> tuple[str, str]:
    values = [_value(environment, prefix + part) for part in _PARTS]
    missing = [prefix + part for part, value in zip(_PARTS, values, strict=True) if not value]
    if missing:
        raise _refused(f"{' and '.join(missing)} not set: the S3 store needs credentials")
    return values[0], values[1]


def _value(environment: Mapping[str, str], name: str) -> str:
    itself, path = environment.get(name, ""), environment.get(name + _IN_FILE, "")
    if itself and path:
        raise _refused(f"{name} and {name}{_IN_FILE} are both set")
    return mounted_line(name + _IN_FILE, Path(path)) if path else itself


def _refused(why: str) -> Refused:
    return Refused(
        "store-credentials",
        f"{why}.",
        "Set each in the environment of this process, or name its file by NAME_FILE.",
    )
