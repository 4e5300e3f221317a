"""agent.toml: where the agent's portal is, and how often it is asked."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from dataclasses import MISSING, dataclass
from pathlib import Path

from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market.adapters.private_files import write_private
from market.errors import Refused

_MAXIMUM_SECONDS = 3_600
_LISTEN = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(?P<first>\d{1,5})-(?P<last>\d{1,5})")


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The content of agent.toml.

    Attributes:
        url: the portal's address.
        token: an API token with the scope `agent`.
        platform_key: the portal's public key (hex), pinned when the agent was set up.
        poll_seconds: pause between two looks at the portal.
        slot_seconds: releases leave at multiples of this only, so that the time one took says
            nothing about data or noise.
        user: whom the token speaks for; empty when it was set up by hand.
        token_ends_at: when it ends, in Unix seconds, by the portal's word; 0 when unknown.
        listen: `host:first-last`, where this agent's sessions with other members are reached
            directly: a local address and a range of ports, one for each session under way. Empty:
            by the portal's relay alone.
    """

    url: str
    token: str
    platform_key: str
    poll_seconds: int = 2
    slot_seconds: int = 10
    user: str = ""
    token_ends_at: int = 0
    listen: str = ""

    def __post_init__(self) -> None:
        for name in ("poll_seconds", "slot_seconds"):
            if not 1 <= getattr(self, name) <= _MAXIMUM_SECONDS:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 to 3600")
        PublicKey.parse(self.platform_key)
        if self.listen and not self.session_ports:
            raise ValueError(f"listen is {self.listen!r:.80}, expected host:first-last")

    @property
    def session_ports(self) -> range:
        """The ports of `listen`; none where it is empty or malformed."""
        found = _LISTEN.fullmatch(self.listen)
        if found is None:
            return range(0)
        first, last = int(found["first"]), int(found["last"])
        return range(first, last + 1) if 0 < first <= last < 2**16 else range(0)

    @property
    def session_host(self) -> str:
        """The host of `listen`."""
        return self.listen.rpartition(":")[0]


def read_settings(path: Path) -> AgentSettings:
    """Parse agent.toml strictly: no setting that is not known, none of another type.

    Raises:
        Refused: `settings-invalid`, naming the setting.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _invalid(f"agent.toml cannot be read: {error}") from error
    fields = {field.name: field for field in dataclasses.fields(AgentSettings)}
    for key, value in values.items():
        if key not in fields:
            raise _invalid(f"{key} is not a setting; known are {', '.join(sorted(fields))}")
        expected = type(fields[key].default) if fields[key].default is not MISSING else str
        if type(value) is not expected:
            raise _invalid(f"{key} is {type(value).__name__}, expected {expected.__name__}")
    required = [name for name, field in fields.items() if field.default is MISSING]
    if missing := [name for name in required if name not in values]:
        raise _invalid(f"agent.toml does not hold {', '.join(missing)}")
    try:
        return AgentSettings(**values)
    except (ValueError, CryptoError) as error:
        raise _invalid(str(error)) from error


def write_settings(path: Path, settings: AgentSettings) -> None:
    """Write agent.toml whole: a running agent reads either what it was or what it is."""
    lines = [
        f"{field.name} = {json.dumps(getattr(settings, field.name))}\n"
        for field in dataclasses.fields(settings)
    ]
    write_private(path, "".join(lines).encode())


def _invalid(message: str) -> Refused:
    return Refused("settings-invalid", f"{message}.", "Correct agent.toml.")
