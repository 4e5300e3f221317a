"""What a catalogue answers when it does not do as asked, and what it lets people search."""

from __future__ import annotations

from market.entities.dataset import AccessRequest
from market.entities.retention import Expendable, Upload
from market.errors import Conflict, NotFound, Unavailable
from market.plan.text import readable
from market.records.listing import Listing
from market.records.signed import Signed
from market.records.standing import Standing


def search_text(listing: Listing) -> str:
    """Title, summary, column names and meanings, case-folded, one per line."""
    described = [listing.description.title, listing.description.summary]
    for column in listing.schema.columns:
        described += [column.name, column.meaning]
    return "\n".join(described).casefold()


def search_words(words: str) -> list[str]:
    """The case-folded words of a search."""
    return words.casefold().split()


def no_dataset(dataset: str, version: int | None = None) -> NotFound:
    """`no-dataset`: no such dataset, or no such version of it."""
    which = readable(dataset)[:80] + ("" if version is None else f" version {version}")
    return NotFound("no-dataset", f"There is no dataset {which}.", "Search the catalogue.")


def dataset_of_another(dataset: str) -> Conflict:
    """`dataset-of-another`: who published first has the id."""
    return Conflict(
        "dataset-of-another",
        f"The name {dataset} belongs to another owner.",
        "Publish under another name.",
    )


def dataset_withdrawn(dataset: str) -> Conflict:
    """`standing-final`: a withdrawal is for good."""
    return Conflict(
        "standing-final",
        f"Dataset {dataset} was withdrawn for good.",
        "Publish it as a new dataset; the budget of its people stays what it was.",
    )


def check_standing(standing: Signed[Standing], kept: Signed[Standing] | None) -> bool:
    """Whether a word on a dataset is new, given the newest kept (raises Conflict)."""
    if kept is None:
        return True
    if standing == kept:
        return False
    number, kept_number = standing.record.number, kept.record.number
    if kept.record.state == "withdrawn":
        raise dataset_withdrawn(standing.record.dataset)
    if number == kept_number:
        raise Conflict(
            "standing-differs",
            f"Standing {number} of {standing.record.dataset} is kept with other content.",
            "Say it again with the installed client: it takes the next number.",
        )
    if number < kept_number:
        raise Conflict(
            "standing-outdated",
            f"Standing {number} of {standing.record.dataset} came after standing {kept_number}.",
            "Say it again with the installed client: it takes the next number.",
        )
    return True


def version_out_of_turn(dataset: str, version: int, newest: int) -> Conflict:
    """`version-out-of-turn`: versions follow each other without gaps."""
    return Conflict(
        "version-out-of-turn",
        f"Dataset {dataset} is at version {newest}; version {version} came with other documents, "
        f"expected {newest + 1}.",
        "Publish the next version with the installed client.",
    )


def no_edition(dataset: str, version: int, edition: int) -> NotFound:
    """`no-edition`: this version was never listed so."""
    return NotFound(
        "no-edition",
        f"There is no edition {edition} of the listing of {dataset} version {version}.",
        "Look at the dataset again: its page shows the newest.",
    )


def version_not_newest(dataset: str, version: int, newest: int) -> Conflict:
    """`version-not-newest`: an older version's listing stays as it is."""
    return Conflict(
        "version-not-newest",
        f"Dataset {dataset} is at version {newest}; the listing of version {version} changes no "
        "more.",
        f"Change that of version {newest}; older versions that are served obey it, too.",
    )


def check_edition(listing: Signed[Listing], kept: Signed[Listing]) -> bool:
    """Whether an edition is new, given the newest kept (raises Conflict)."""
    if listing == kept:
        return False
    record, newest = listing.record, kept.record.edition
    again = "Look at the dataset, and change it again: the client takes the next number."
    if record.edition == newest:
        raise Conflict(
            "edition-differs",
            f"Edition {newest} of the listing of {record.dataset} is kept with other content.",
            again,
        )
    if record.edition < newest:
        raise Conflict(
            "edition-outdated",
            f"Edition {record.edition} of the listing of {record.dataset} came after edition "
            f"{newest}.",
            again,
        )
    return True


def version_needed(one: Expendable) -> Conflict:
    """`version-needed`: its owner said something meanwhile."""
    return Conflict(
        "version-needed",
        f"The ciphertext of {one.name} is not due any more.",
        "Nothing was deleted. Look again: market admin retention --dry-run.",
    )


def drop_begun(one: Expendable) -> Conflict:
    """`drop-begun`: another process was faster."""
    return Conflict(
        "drop-begun",
        f"The ciphertext of {one.name} is being deleted already.",
        "Nothing is left to do: whoever looks after the platform goes on with it.",
    )


def upload_dropping(upload: Upload) -> Unavailable:
    """`upload-dropping`: its chunks are about to go."""
    return Unavailable(
        "upload-dropping",
        f"What was sent of version {upload.version} of {upload.dataset} and never published is "
        "being deleted, since nothing came of it for long.",
        "Publish again in some minutes: everything is sent once more, and nothing encrypted twice.",
    )


def grant_differs(grant: str) -> Conflict:
    """`grant-differs`: another grant has this id."""
    return Conflict(
        "grant-differs",
        f"Grant {grant} is recorded with other content.",
        "Give the new grant another id: the installed client does.",
    )


def no_grant(grant: str, dataset: str) -> NotFound:
    """`no-such-grant`: a revocation of what was never granted."""
    return NotFound(
        "no-such-grant", f"Dataset {dataset} has no grant {grant}.", "Look at its grants."
    )


def asked_already(asked: AccessRequest) -> Conflict:
    """`access-asked`: one request of a buyer waits at a time."""
    return Conflict(
        "access-asked",
        f"A request for access to {asked.dataset} waits for the owner's answer.",
        "Wait for it: you will find it in your list of datasets.",
    )


def no_access_request(request: str) -> NotFound:
    """`no-access-request`: there is none of this id."""
    return NotFound(
        "no-access-request", f"There is no access request {request}.", "Look at your inbox."
    )


def access_request_closed(request: str, state: str) -> Conflict:
    """`access-request-closed`: it was answered, the other way."""
    return Conflict(
        "access-request-closed",
        f"Access request {request} was {state} already.",
        "Nothing is left to do for it.",
    )
