"""Programs as git bundles: made as git makes them, and as nobody should take them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from market.policy.submission.git_bundle import FIRST_LINE
from world.buyers_repository import git


def git_bundle(checkout: Path, *names: str) -> bytes:
    """What `git bundle create` makes of a checkout, by default of its HEAD."""
    file = checkout.parent / f"{checkout.name}.bundle"
    git(checkout, "bundle", "create", "-q", str(file), *(names or ("HEAD",)))
    return file.read_bytes()


def packed(checkout: Path, *objects: str, named: str) -> bytes:
    """A bundle of these objects alone, whose one name leads to `named`."""
    given = "".join(f"{one}\n" for one in objects).encode()
    command = ["git", "-C", str(checkout), "pack-objects", "--stdout", "-q"]
    pack = subprocess.run(command, input=given, capture_output=True, check=True).stdout
    return FIRST_LINE + f"{named} refs/heads/program\n\n".encode() + pack
