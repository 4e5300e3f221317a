"""What a process of ours takes over from the environment that it was started in.

Left out is what changes its work without being a setting: proxies (its calls go to loopback, to
the store and to the database; git has an environment of its own, and goes to the address that was
checked), the locale (Java could not name a file in another alphabet), a TMPDIR that is not there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LOCALE: Final = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
"""Texts are UTF-8, and sort and print the same everywhere."""

_PROXIES: Final = frozenset({"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"})
_TEMPORARY: Final = frozenset({"TMPDIR", "TEMP", "TMP"})


def defined_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The inherited variables that matter to our work, and our locale."""
    kept = {name: value for name, value in inherited.items() if _is_kept(name, value)}
    return kept | LOCALE


def _is_kept(name: str, value: str) -> bool:
    if name in _TEMPORARY:
        return _takes_files(Path(value))
    return name.lower() not in _PROXIES and name != "LANGUAGE" and not name.startswith("LC_")


def _takes_files(folder: Path) -> bool:
    return folder.is_absolute() and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
