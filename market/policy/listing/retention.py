"""Since when a version's ciphertext is needed by nobody: one rule for what is deleted and for what
owners are told of it."""

from __future__ import annotations

from datetime import UTC, datetime

from market.entities.dataset import Dataset
from market.entities.limits import DAY_SECONDS
from market.entities.retention import Why
from market.errors import Refused
from market.policy.decision import Denied
from market.records.listing import Listing
from market.records.standing import Standing


def needless_since(
    version: int, *, superseded_at: int | None, standing: Standing | None, said_at: int | None
) -> tuple[Why, int] | None:
    """Why no new question can be about a version, and since when; None while one can.

    Whatever the owner says of the dataset begins the time anew: before that word, the version may
    have been one that is served.

    Args:
        superseded_at: when the next version was published; None for the newest.
        standing, said_at: the owner's newest word on the dataset, and when it came; None before
            the first.
    """
    if standing is not None and standing.state == "withdrawn":
        return "withdrawn", said_at or 0
    if superseded_at is None or (standing is not None and version in standing.served_versions):
        return None
    return "superseded", max(superseded_at, said_at or 0)


def ciphertext_in_words(*, kept_until: int | None, is_stored: bool, dropped_at: int | None) -> str:
    """How long a version's ciphertext stays, or when it went; times are unix seconds."""
    if dropped_at is not None:
        return f"ciphertext deleted on {_day(dropped_at)}"
    if not is_stored:
        return "ciphertext is being deleted"
    if kept_until is not None:
        return f"ciphertext kept until {_day(kept_until)}, or until no job under way is about it"
    return "ciphertext kept"


def retention_sentence(kept_seconds: int | None) -> str:
    """What becomes of ciphertext that nobody can ask."""
    if kept_seconds is None:
        return "This platform keeps ciphertext for ever."
    days = kept_seconds // DAY_SECONDS
    return (
        f"Ciphertext is deleted {days} days after its version was superseded, unless you have it "
        "answered, or after the dataset was withdrawn; your newest word on the dataset begins them "
        "anew. What you signed stays."
    )


def require_stored(dataset: Dataset) -> None:
    """That there is ciphertext to compute on (raises Refused, `version-dropped`)."""
    if not dataset.is_stored:
        raise version_dropped(dataset.dataset, dataset.listing.record.version).error()


def require_needless(version: int, newest: Listing, standing: Standing | None) -> None:
    """That a version may be deleted: it is neither the newest nor served beside it, or the dataset
    is withdrawn (raises Refused, `version-answered`)."""
    if standing is not None and standing.state == "withdrawn":
        return
    served = standing.served_versions if standing else ()
    if version in (newest.version, *served):
        dataset = newest.dataset
        raise Refused(
            "version-answered",
            f"Version {version} of {dataset} is the newest, or answered beside it.",
            "Publish the next version before you drop the newest; of another end its answers "
            f"first: market dataset serve {dataset}, without it.",
        )


def version_dropped(dataset: str, version: int) -> Denied:
    """`version-dropped`: nothing can be computed on it, now or ever."""
    return Denied(
        "version-dropped",
        f"The ciphertext of version {version} of {dataset} was deleted: its owner has dropped it, "
        "or it was superseded or withdrawn for longer than this platform keeps such.",
        "Nothing was spent. Ask the newest version; its owner can publish the table again.",
    )


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
