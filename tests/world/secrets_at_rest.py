"""The secrets that lie in the folders of a told story, and where else they might turn up."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

_WHOLE = ("unlock",)
_TOKENS = ("client.toml", "agent.toml")
_LOG = re.compile(r".*\.(log|out|err|jsonl)$")
_SHORTEST = 16
"""Anything shorter would be found by chance."""


def secrets_under(folder: Path) -> dict[str, bytes]:
    """The platform's secrets, what opens wrapped keys, and tokens: each by the file it is of."""
    found: dict[str, bytes] = {}
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        if path.parent.name == "secrets" or path.name in _WHOLE:
            for number, line in enumerate(path.read_bytes().split(b"\n")):
                found[f"{path}:{number}"] = line.strip()
        elif path.name in _TOKENS:
            found[str(path)] = tomllib.loads(path.read_text())["token"].encode()
    return {place: secret for place, secret in found.items() if len(secret) >= _SHORTEST}


def spellings(secret: bytes) -> Iterator[bytes]:
    """A secret as it lies there, and as other programs would write the same bytes."""
    yield secret
    yield json.dumps(secret.decode("latin-1")).strip('"').encode()
    raw = secret
    if re.fullmatch(rb"[0-9a-f]+", secret) and len(secret) % 2 == 0:
        raw = bytes.fromhex(secret.decode())
        yield raw
        yield secret.upper()
    yield raw.hex().encode()
    yield base64.b64encode(raw).rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")


def logs_under(folder: Path) -> dict[str, bytes]:
    """What programs logged: ours, and Airflow's of each task."""
    return {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and _LOG.fullmatch(path.name)
    }


def command_lines() -> dict[str, bytes]:
    """Of every process of this machine, as anybody reads them."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found[str(path)] = path.read_bytes()
        except OSError:
            # It has ended meanwhile.
            continue
    return found


def shown(secrets: dict[str, bytes], texts: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which secret stands in which text, whatever its spelling."""
    return [
        (place, where)
        for place, secret in secrets.items()
        for where, text in texts.items()
        if any(spelt in text for spelt in spellings(secret))
    ]
