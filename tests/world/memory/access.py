"""Grants and wishes for access in dictionaries: a part of the catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal

from market.database.catalogue.errors import (
    access_request_closed,
    asked_already,
    grant_differs,
    no_access_request,
    no_grant,
)
from market.entities.dataset import AccessRequest
from market.policy.listing.entitlement import grant_in_force
from market.records.grant import Grant, Revocation
from market.records.signed import Signed


@dataclass
class MemoryAccess:
    owners: dict[str, str] = field(default_factory=dict)
    given: dict[str, Signed[Grant]] = field(default_factory=dict)
    revoked: dict[str, Signed[Revocation]] = field(default_factory=dict)
    asked: dict[str, AccessRequest] = field(default_factory=dict)

    def add_grant(self, grant: Signed[Grant], *, now: int) -> None:
        if self.given.setdefault(grant.record.grant, grant) != grant:
            raise grant_differs(grant.record.grant)

    def revoke(self, revocation: Signed[Revocation], *, now: int) -> None:
        record = revocation.record
        grant = self.given.get(record.grant)
        if grant is None or grant.record.dataset != record.dataset:
            raise no_grant(record.grant, record.dataset)
        self.revoked.setdefault(record.grant, revocation)

    def grants(self, dataset: str) -> list[tuple[Signed[Grant], Signed[Revocation] | None]]:
        return [
            (grant, self.revoked.get(grant.record.grant))
            for grant in self.given.values()
            if grant.record.dataset == dataset
        ]

    def live_grant(self, dataset: str, buyer_fingerprint: str, *, now: int) -> Signed[Grant] | None:
        of_dataset = {grant.record: grant for grant, _ in self.grants(dataset)}
        in_force = grant_in_force(of_dataset, self.revoked, buyer_fingerprint, now=now)
        return None if in_force is None else of_dataset[in_force]

    def live_grants(
        self, datasets: Collection[str], buyer_fingerprint: str, *, now: int
    ) -> dict[str, Signed[Grant]]:
        found = {one: self.live_grant(one, buyer_fingerprint, now=now) for one in datasets}
        return {dataset: grant for dataset, grant in found.items() if grant is not None}

    def ask_access(self, request: AccessRequest) -> None:
        for asked in self.asked.values():
            same = (asked.dataset, asked.buyer_fingerprint) == (
                request.dataset,
                request.buyer_fingerprint,
            )
            if same and asked.state == "waiting":
                raise asked_already(request)
        self.asked[request.request] = request

    def access_requests(self, dataset: str) -> list[AccessRequest]:
        found = [asked for asked in self.asked.values() if asked.dataset == dataset]
        return sorted(found, key=lambda asked: (asked.created_at, asked.request))

    def access_waiting(self, owner: str, *, limit: int) -> list[AccessRequest]:
        found = [
            one
            for one in self.asked.values()
            if one.state == "waiting" and self.owners.get(one.dataset) == owner
        ]
        return sorted(found, key=lambda one: (one.created_at, one.request))[:limit]

    def close_access_request(
        self, request: str, state: Literal["granted", "declined"], answer: str = ""
    ) -> None:
        if request not in self.asked:
            raise no_access_request(request)
        stored = self.asked[request].state
        if stored not in ("waiting", state):
            raise access_request_closed(request, stored)
        if stored == "waiting":
            self.asked[request] = replace(self.asked[request], state=state, answer=answer)
