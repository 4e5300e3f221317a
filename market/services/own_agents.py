"""Which agents answer for a person."""

from __future__ import annotations

from market.entities.people import User
from market.services.platform import Platform


def agents_of(platform: Platform, user: User) -> set[str]:
    """Keys (hex) of the agents that answer for the user: named by the manifests of their datasets,
    or by themself in joining a consortium."""
    manifests = platform.catalogue.of_owner(user.user)
    joinings = (
        joining
        for consortium in platform.consortia.of_organisation(user.organisation)
        for joining in consortium.joinings
        if joining.signer == user.identity_key
    )
    return {found.manifest.record.agent for found in manifests} | {
        joining.record.agent for joining in joinings
    }
