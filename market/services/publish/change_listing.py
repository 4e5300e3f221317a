"""The owner's next listing of a version arrives: other terms for the same ciphertext.

Nothing is encrypted or sent. The agent has the listing before the portal does, and obeys it
whatever is shown here. Jobs that nobody has approved end where it asks other than what they were
submitted for; approved ones are the agent's to answer.
"""

from __future__ import annotations

from market.entities.dataset import Edition
from market.entities.people import User
from market.errors import Refused
from market.policy.budget.budget import told_in_epsilon
from market.policy.budget.people import terms_of
from market.policy.listing.editions import check_same_data
from market.records.listing import Listing
from market.services.access.refresh_forms import refresh_forms
from market.services.authorize import own_dataset, require_owner
from market.services.platform import Platform
from market.services.publish.change_standing import end_unanswered
from market.services.publish.owned_tables import caps_beside_others
from market.services.publish.owners_word import owners_word


def change_listing(
    platform: Platform, user: User, dataset_id: str, listing_text: str, *, now: int
) -> Listing:
    """Keep a signed listing, and set the caps of its people, in one step; the same one again ends
    what a crash left waiting.

    Raises:
        NotPermitted: the user does not own the dataset.
        Refused: `listing-invalid` when it is not the owner's word on this dataset; `listing-fixed`
            when it is not about the same data; `cap-below-spending`.
        Conflict: another edition is kept, it is not of the newest version, or the dataset was
            withdrawn for good.
    """
    require_owner(user, "change a listing")
    dataset = own_dataset(platform, user, dataset_id)
    signed = owners_word(Listing, dataset, listing_text, _invalid)
    record, manifest = signed.record, dataset.manifest.record
    if record.version == dataset.listing.record.version:
        check_same_data(dataset.listing.record, record, parameters=manifest.parameters)
    table = terms_of(record, manifest)
    with told_in_epsilon(record.policy.delta):
        platform.catalogue.relist(
            signed, caps=caps_beside_others(platform, user.user, table, record.population), now=now
        )
    end_unanswered(platform, dataset_id, now=now)
    refresh_forms(platform, now=now)
    return record


def list_editions(platform: Platform, user: User, dataset_id: str) -> list[Edition]:
    """Every listing of every version of the user's dataset, by version and edition.

    Raises:
        NotFound: there is no such dataset. NotPermitted: it is another's.
    """
    own_dataset(platform, user, dataset_id)
    return platform.catalogue.editions(dataset_id)


def _invalid(reason: str) -> Refused:
    return Refused(
        "listing-invalid",
        f"The listing was not accepted: {reason}.",
        "Change it again with the owner's installed client: market dataset change.",
    )
