"""A member binds a table that stays at home: what leaves is a signed word on whose budget it is."""

from __future__ import annotations

from market.entities.consortium import Consortium
from market.entities.people import User
from market.policy.budget.budget import told_in_epsilon
from market.policy.budget.people import terms_of_binding
from market.policy.consortia.consortium import with_binding
from market.policy.listing.appointment import check_appointed
from market.records.binding import Binding
from market.services.access.appoint_agent import appointed
from market.services.access.refresh_forms import refresh_forms
from market.services.authorize import require_owner, visible_consortium
from market.services.consortia.members_document import signed_by
from market.services.platform import Platform
from market.services.publish.owned_tables import caps_beside_others, claim_lineages


def bind_table(
    platform: Platform, user: User, consortium: str, binding_text: str, *, now: int
) -> Consortium:
    """Keep a member's next binding, and set the caps of its people; both or neither.

    Raises:
        NotPermitted: the user is not an owner with a registered key. NotFound: `no-consortium`.
        Refused: `consortium-document-invalid`, `agent-not-appointed`, `population-unsaid`,
            `cap-below-spending`. Conflict: `lineage-of-another`, and as `Consortia.add_binding`.
    """
    require_owner(user, "bind a table")
    found = visible_consortium(platform, user, consortium)
    signed = signed_by(user, Binding, binding_text)
    # Nothing is claimed for a binding that will be refused.
    with_binding(found, signed)
    check_appointed(signed.record.agent, appointed(platform, user.user))
    claim_lineages(platform, user.user, signed.record.lineages)
    terms = terms_of_binding(consortium, signed.record)
    with told_in_epsilon(signed.record.policy.delta):
        after = platform.consortia.add_binding(
            consortium,
            found.number,
            signed,
            owner=user.user,
            caps=caps_beside_others(platform, user.user, terms, signed.record.population),
            now=now,
        )
    refresh_forms(platform, now=now)
    return after
