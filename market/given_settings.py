"""What market.toml and the environment say of settings, by key: read, and not yet understood."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from market.errors import Refused

PREFIX: Final = "MARKET_"
_IN_FILE = "_FILE"
_MAXIMUM_VALUE_BYTES = 10_000
# Where homes and secrets are found: not settings of the platform, though they share the prefix.
NOT_SETTINGS = frozenset(
    {
        "MARKET_HOME",
        "MARKET_CLIENT_HOME",
        "MARKET_AGENT_HOME",
        "MARKET_PASSPHRASE_FILE",
        "MARKET_AGENT_PASSPHRASE_FILE",
        "MARKET_BACKUP_PASSPHRASE_FILE",
        "MARKET_FORMS_SECRET",
        "MARKET_FORMS_URL",
        *(
            f"MARKET_S3_{whose}{part}{ending}"
            for whose in ("", "READ_")
            for part in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
            for ending in ("", _IN_FILE)
        ),
    }
)


def from_file(path: Path) -> dict[str, Any]:
    """What a TOML file says; nothing where there is none.

    Raises:
        Refused: `settings-invalid`.
    """
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise invalid(f"{path} is not TOML: {error}") from error


def from_environment(environment: Mapping[str, str], keys: Collection[str]) -> dict[str, Any]:
    """What the environment says, itself or by the files that it names.

    Args:
        keys: those that are known; whoever checks the answer refuses others.

    Raises:
        Refused: `settings-invalid`.
    """
    values: dict[str, Any] = {}
    for variable, given in environment.items():
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key not in keys and variable.endswith(_IN_FILE):
            key = key.removesuffix(_IN_FILE.lower())
            if PREFIX + key.upper() in environment:
                raise invalid(f"{key} is given by {variable} and without {_IN_FILE}, too")
            values[key] = mounted_line(variable, Path(given))
        else:
            values[key] = given
    return values


def mounted_line(variable: str, path: Path) -> str:
    """The one line of a file that a variable names.

    Raises:
        Refused: `settings-invalid`.
    """
    try:
        with path.open("rb") as file:
            value = file.read(_MAXIMUM_VALUE_BYTES).decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise invalid(f"{variable} names {path}, which cannot be read: {error}") from error
    if "\n" in value:
        raise invalid(f"{variable} names {path}, which holds several lines, expected one")
    return value


def invalid(message: str) -> Refused:
    """The refusal of a setting."""
    stop = "" if message.endswith("?") else "."
    return Refused("settings-invalid", message + stop, "Correct market.toml or the environment.")
