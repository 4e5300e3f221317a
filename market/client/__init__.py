"""The buyer's side, and what the owner's shares with it: HTTP, keys, signing, opening, verifying.

    api              the portal's JSON API, and objects through signed addresses
    transport        one exchange, bounded in bytes and in time; proxies: which way it goes
    answers          what each path answers, checked before it is read; problems: its errors
    home             the files a person keeps: address, token, keys, jobs
    portal_address   where a portal is, read before anything is asked or sent
    passphrase       one reading of it, typed or from a file
    keys, login      the person's identity; portals and their pinned keys
    publication      a dataset as its owner signed it; kept_publication keeps what was seen
    asked_source     what a request names: a dataset's version, or a consortium's agreement
    confirm_program  whose program a job runs here: the person's word against the platform's
    rebuild_plan     the plan of a commit, built on this machine as the platform builds it
    own_program      the person's own program: its copy, and its run without a sandbox
    own_programs     where on this machine the programs lie that the person worked on last
    rehearse         a program's answers on the twin
    price_program    what a program costs: the portal's quote, which must be the one computed here
    sign_request     compare, make a recipient key, sign
    check_bundle     every check of a sealed result, in the order of its rules; check_party of each
                     party's part, check_members where a consortium's differs
    open_result      unseal, put the shares together (open_sums), decode
    opened_results   what was opened here, read again; kept_receipts verifies theirs again
    repository       the buyer's own git repository
    verify_receipt   what an outsider can check offline
    analysis         the client for whoever computes on: files, frames, charts, notebooks

In Python:

    from market import client

    here = client.connect()
    here.open("job-0123456789ab").plot("visits_mean")

Nothing here imports TenSEAL or a server, and nothing but `rehearse` NumPy, before it is asked for
one of the names below: those need pandas and matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from market.client.analysis.connection import Client, ask, connect
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
    "connection": ("Client", "ask", "connect"),
    "listed": ("Dataset", "Datasets", "Job", "Jobs"),
    "quoted": ("Quote",),
    "result": ("Plot", "Result"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    # PEP 562: the command line imports this package, and must start without pandas.
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"market.client.analysis.{_ROOM_OF[name]}"), name)
