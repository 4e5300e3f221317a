"""What the installed program `market` starts.

Loading the commands takes a while, and whoever presses Ctrl-C meanwhile has asked for nothing but
an end. So this module loads nothing by itself.
"""

from __future__ import annotations

import importlib
import resource
import sys
from typing import Final

INTERRUPTED: Final = 130
"""Exit code of a program that Ctrl-C ended (POSIX shells: 128 and the signal's number)."""


def main() -> None:
    """Load the tree of commands and run it."""
    # Owners' keys and rows, and buyers' results, are in the memory of some commands: a core file
    # would put them on a disk, or into whatever collects crashes there.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        commands = importlib.import_module("market.cli.main")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    commands.main()
