"""Standard streams that whoever started the program has closed (`<&-`, `>&-`, some supervisors)."""

from __future__ import annotations

import os
import sys


def open_closed_streams() -> None:
    """Have all three: nothing is read of one that was closed, and what is written there is gone.

    Without them the next file that is opened, a ledger perhaps, takes the free number, and a child
    process would write its messages into it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115 - open to the end
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
