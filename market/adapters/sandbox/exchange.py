"""What a one-shot sandbox and who asks it say to each other beside parcels: where, and why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from market.errors import MarketError, Refused, Unavailable

BUILD_PATH: Final = "/v1/build"
LANGUAGE_HEADER: Final = "Market-Language"
ARRIVAL_SECONDS: Final = 60
"""How long a parcel may take to come."""


def busy() -> MarketError:
    """`sandbox-busy`: it builds another program."""
    return Unavailable(
        "sandbox-busy",
        "Every sandbox that was asked is at work on another program.",
        "Submit the job again later; for more at once the operator runs more sandboxes.",
    )


def other_release() -> MarketError:
    """`sandbox-release`: it would build by other rules."""
    return Unavailable(
        "sandbox-release",
        "The sandboxes are of another release than the platform: their plan language differs.",
        "Submit the job again once the platform's upgrade is complete.",
    )


def full() -> MarketError:
    """`sandbox-full`: there is no room for what came."""
    return Unavailable(
        "sandbox-full",
        "The sandbox has no room for what is to be built.",
        "Give its temporary folder twice what a repository may have (fetch_maximum_bytes).",
    )


def not_run() -> MarketError:
    """`sandbox-failed`: its log says why."""
    return Unavailable(
        "sandbox-failed",
        "The sandbox could not run the program; nothing of it was run.",
        "Read the log of the sandbox, which says why.",
    )


def too_large() -> MarketError:
    """`parcel-too-large`: the two have other bounds."""
    return Refused(
        "parcel-too-large",
        "What came to be built has more bytes than the sandbox takes.",
        "Set fetch_maximum_bytes alike for the platform and its sandboxes.",
    )


def too_late() -> MarketError:
    """`parcel-too-late`: it did not come in time."""
    return Refused(
        "parcel-too-late",
        f"What is to be built did not come within {ARRIVAL_SECONDS} seconds.",
        "Look at the network between the platform and its sandboxes.",
    )


def malformed(reason: str = "its sandbox says so") -> MarketError:
    """`parcel-malformed`: no tree of plain files and an input."""
    return Refused(
        "parcel-malformed",
        f"What came to be built is no parcel: {reason}.",
        "Let the platform of the same release send it; nothing was run.",
    )


REFUSALS: Final[Mapping[str, Callable[[], MarketError]]] = {
    make().code: make
    for make in (busy, other_release, full, not_run, too_large, too_late, malformed)
}
"""Why a sandbox gives no answer, by code. Its own words are not repeated: a program that has got
out of its run may have written them."""
