"""A document that an owner has signed about a dataset of theirs: read, and held to be that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from crypto.errors import CryptoError
from market.entities.dataset import Dataset
from market.errors import Refused
from market.records.listing import Listing
from market.records.signed import Signed, open_signed
from market.records.standing import Standing

Word = TypeVar("Word", Listing, Standing)


def owners_word(
    kind: type[Word], dataset: Dataset, text: str, invalid: Callable[[str], Refused]
) -> Signed[Word]:
    """The signed record in a text.

    Raises:
        Refused: what `invalid` makes of the reason: it is no such record, it is not signed by the
            dataset's owner, or it is about another dataset.
    """
    try:
        signed = open_signed(kind, text.encode(), signer=dataset.owner_key)
    except CryptoError as error:
        raise invalid(str(error)) from error
    if signed.record.dataset != dataset.dataset:
        raise invalid(f"it is about dataset {signed.record.dataset}, not {dataset.dataset}")
    return signed
