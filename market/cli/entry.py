"""What the installed program `market` starts.

Loading the commands takes a while, and whoever presses Ctrl-C meanwhile has asked for nothing but
an end. So this module loads nothing by itself.
"""

from __future__ import annotations

import importlib
import sys
from typing import Final

INTERRUPTED: Final = 130
"""Exit code of a program that Ctrl-C ended (POSIX shells: 128 and the signal's number)."""


def main() -> None:
    """Load the tree of commands and run it."""
    try:
        commands = importlib.import_module("market.cli.main")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    commands.main()
