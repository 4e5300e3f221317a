"""The buyer's side, and what the owner's shares with it: HTTP, keys, signing, opening, verifying.

    http        one portal: bounded exchanges, answers of known shapes, problems as errors
    kept        what a person keeps on their own machine: keys, pins, what was seen before
    verify      what others signed, checked: datasets, consortia, bundles, receipts, evidence
    questions   from a program to a signed request, and waiting for its answer
    results     opened, kept, compared, written out, shared
    analysis    the client for whoever computes on: files, frames, charts, notebooks

In Python:

    from market import client

    here = client.connect()
    here.open("job-0123456789ab").plot("visits_mean")

Nothing here imports TenSEAL or a server, and nothing but a rehearsal NumPy, before it is asked for
one of the names below: those need pandas and matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from market.client.analysis.connection import Client, connect
    from market.client.analysis.keyboard import ask
    from market.client.analysis.listed import Dataset, Datasets, Job, Jobs
    from market.client.analysis.quoted import Quote
    from market.client.analysis.result import Plot, Result

__all__ = [
    "Client",
    "Dataset",
    "Datasets",
    "Job",
    "Jobs",
    "Plot",
    "Quote",
    "Result",
    "ask",
    "connect",
]

_ROOMS = {
    "connection": ("Client", "connect"),
    "keyboard": ("ask",),
    "listed": ("Dataset", "Datasets", "Job", "Jobs"),
    "quoted": ("Quote",),
    "result": ("Plot", "Result"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __dir__() -> list[str]:
    # What a notebook completes.
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    # PEP 562: the command line imports this package, and must start without pandas.
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"market.client.analysis.{_ROOM_OF[name]}"), name)
