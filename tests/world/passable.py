"""A folder that other accounts can pass through."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable_folder() -> Iterator[Path]:
    """pytest keeps its own folders private, and makes them private again whenever another run
    begins."""
    folder = Path(tempfile.mkdtemp(prefix="market-tests-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
