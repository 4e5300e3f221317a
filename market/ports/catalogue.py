"""Datasets as the portal knows them: signed documents and their standing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, Protocol

from market.entities.account import Balance
from market.entities.dataset import AccessRequest, Dataset, Edition
from market.entities.offer import EVERY_OFFER, Offer, OfferFilter, TablePeople
from market.entities.overview import Stored
from market.records.grant import Grant, Revocation
from market.records.listing import Listing
from market.records.manifest import Manifest
from market.records.signed import Signed
from market.records.standing import Standing


class Catalogue(Protocol):
    def claimant(self, dataset: str) -> str | None:
        """Who published first under a dataset id, and so has it for ever; None while nobody has."""

    def claim_lineage(self, lineage: str, owner: str) -> str:
        """The owner of a lineage id: whoever has it, else `owner` from now on.

        Lineage ids are public, and name budget accounts: nobody sets the cap of another's people.
        """

    def publish(
        self,
        listing: Signed[Listing],
        manifest: Signed[Manifest],
        *,
        owner: str,
        organisation: str,
        caps: Mapping[str, int],
        now: int,
    ) -> None:
        """List a version and set the caps of its accounts, together or not at all. From then on it
        is an upload no more (market.ports.uploads).

        The same documents again change nothing.

        Raises:
            Conflict: the dataset belongs to another owner, or the version is not the next one.
            Refused: `cap-below-spending`.
            Unavailable: `upload-dropping`.
        """

    def dataset(self, dataset: str) -> Dataset:
        """The newest version of a dataset, and its standing.

        Raises:
            NotFound: `no-dataset`.
        """

    def version(self, dataset: str, version: int, edition: int | None = None) -> Dataset:
        """One version of a dataset, from 1, under one edition of its listing, and the dataset's
        standing; the newest edition for None.

        Raises:
            NotFound: `no-dataset`, with the version that was asked for; `no-edition`.
        """

    def search(
        self,
        words: str,
        *,
        wanted: OfferFilter = EVERY_OFFER,
        after: str = "",
        limit: int | None = None,
    ) -> list[Offer]:
        """Listed and paused datasets whose text holds every word, and that are as `wanted`; all
        for an empty string.

        They come by id, from behind the id `after`, at most `limit` of them.
        """

    def titles(self) -> dict[str, str]:
        """The case-folded titles of listed and paused datasets, by id."""

    def licences(self) -> list[str]:
        """The licences of listed and paused datasets, in order, each once; the first hundred."""

    def people(self) -> list[TablePeople]:
        """Whose budgets listed and paused datasets spend, by id."""

    def relist(self, listing: Signed[Listing], *, caps: Mapping[str, int], now: int) -> None:
        """Keep a further edition of the newest version's listing and set the caps of its accounts,
        together or not at all. What it may say is the caller's to judge
        (market.policy.listing.editions).

        The same edition again changes nothing.

        Raises:
            NotFound: `no-dataset`.
            Conflict: `edition-outdated` when a higher one is kept, `edition-differs` when this one
                has other content, `version-not-newest`, `standing-final` after a withdrawal.
            Refused: `cap-below-spending`.
        """

    def editions(self, dataset: str) -> list[Edition]:
        """Every listing of every version, by version and edition; none of an unknown dataset."""

    def listed(self) -> list[Dataset]:
        """The newest version of every dataset that is listed, and not paused, by id."""

    def of_owner(self, owner: str) -> list[Dataset]:
        """The newest version of every dataset of an owner (a user's id), withdrawn ones too."""

    def ids_of_owner(self, owner: str) -> list[str]:
        """The ids of the same, in order, without a document read."""

    def stored(self) -> list[Stored]:
        """What each owner has published and is still stored, by owner: of withdrawn datasets and
        earlier versions, too."""

    def budgets(self) -> list[Balance]:
        """The accounts of the people in the data, of all periods, by name; no buyer's part."""

    def set_standing(self, standing: Signed[Standing], *, now: int) -> None:
        """Keep an owner's word on a dataset; the same word again changes nothing.

        Raises:
            NotFound: no such dataset.
            Conflict: `standing-outdated` when a higher number is kept, `standing-differs` when
                this number has other content, `standing-final` after a withdrawal.
            Refused: `version-dropped`: it would have a version answered whose ciphertext is, or
                is being, deleted.
        """

    def add_grant(self, grant: Signed[Grant], *, now: int) -> None:
        """Keep a grant; the same one again changes nothing.

        Raises:
            Conflict: `grant-differs`: its id has other content.
        """

    def revoke(self, revocation: Signed[Revocation], *, now: int) -> None:
        """Keep the end of a grant; of several revocations the first stays.

        Raises:
            NotFound: `no-such-grant`: the dataset has no grant of this id.
        """

    def grants(self, dataset: str) -> list[tuple[Signed[Grant], Signed[Revocation] | None]]:
        """Every grant of a dataset, and whether it was revoked."""

    def live_grant(self, dataset: str, buyer_fingerprint: str, *, now: int) -> Signed[Grant] | None:
        """The buyer's grant in force (market.policy.listing.entitlement.grant_in_force)."""

    def live_grants(
        self, datasets: Collection[str], buyer_fingerprint: str, *, now: int
    ) -> dict[str, Signed[Grant]]:
        """The same of several datasets, by id, in one look."""

    def ask_access(self, request: AccessRequest) -> None:
        """Keep a buyer's request for a grant.

        Raises:
            Conflict: `access-asked`: one of theirs for this dataset is waiting.
        """

    def access_requests(self, dataset: str) -> list[AccessRequest]:
        """Every request for access to a dataset, closed ones too, oldest first."""

    def access_waiting(self, owner: str, *, limit: int) -> list[AccessRequest]:
        """Requests for access to an owner's datasets that wait for an answer, oldest first."""

    def close_access_request(
        self, request: str, state: Literal["granted", "declined"], answer: str = ""
    ) -> None:
        """Write down how a request for access was answered, and in which words; the same answer
        again changes nothing.

        Raises:
            NotFound: `no-access-request`.
            Conflict: `access-request-closed`: it was answered otherwise.
        """
