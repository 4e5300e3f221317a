"""What a program may import of ours: the plan language, and the modules it stands on."""

from __future__ import annotations

import functools
import hashlib
import shutil
import tempfile
from pathlib import Path

import crypto
import market

_LANGUAGE = "plan"
_BELOW_THE_LANGUAGE = (
    "crypto/__init__.py",
    "crypto/canonical.py",
    "crypto/errors.py",
    "market/__init__.py",
    "market/errors.py",
    "market/wire.py",
)


def put_language(sdk: Path) -> None:
    """Write what a program may import of ours into a folder of its own, to be put on its path."""
    packages = {"crypto": Path(crypto.__file__).parent, "market": Path(market.__file__).parent}
    for name in _BELOW_THE_LANGUAGE:
        package, _, below = name.partition("/")
        (sdk / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages[package] / below, sdk / name)
    shutil.copytree(
        packages["market"] / _LANGUAGE,
        sdk / "market" / _LANGUAGE,
        ignore=shutil.ignore_patterns("__pycache__"),
    )


@functools.cache
def language_digest() -> str:
    """SHA-256 (hex) over every file of it: two processes with the same one build the same plans."""
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory(prefix="market-language-") as name:
        sdk = Path(name)
        put_language(sdk)
        for path in sorted(path for path in sdk.rglob("*") if path.is_file()):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(sdk)} {content}\n".encode())
    return digest.hexdigest()
