"""Keep the submit forms in step with who may use what."""

from __future__ import annotations

from market.entities.dataset import Dataset
from market.entities.people import Organisation, User
from market.entities.stages import AllForms, Form
from market.policy.decision import Granted
from market.services.platform import Platform
from market.services.read_entitlement import read_entitlement


def refresh_forms(platform: Platform, *, now: int) -> None:
    """Write one form for every organisation that has a buyer."""
    buyers: dict[str, list[User]] = {}
    for user in platform.people.users():
        if "buyer" in user.roles and user.is_active:
            buyers.setdefault(user.organisation, []).append(user)
    datasets = [d for d in platform.catalogue.search("") if d.standing == "listed"]
    organisations = tuple(
        _form(platform, organisation, buyers[organisation.organisation], datasets, now)
        for organisation in platform.people.organisations()
        if organisation.organisation in buyers
    )
    platform.forms.write(AllForms(organisations))


def _form(
    platform: Platform,
    organisation: Organisation,
    buyers: list[User],
    datasets: list[Dataset],
    now: int,
) -> Form:
    usable = tuple(
        (dataset.dataset, dataset.listing.record.description.title)
        for dataset in datasets
        if any(may_use(platform, dataset, buyer, now=now) for buyer in buyers)
    )
    return Form(organisation.organisation, organisation.name, usable)


def may_use(platform: Platform, dataset: Dataset, user: User, *, now: int) -> bool:
    """Whether the user is entitled to ask this dataset now."""
    if not user.identity_key:
        return False
    policy = dataset.listing.record.policy
    decision = read_entitlement(platform, dataset, policy, user.identity_key, now=now)
    return isinstance(decision, Granted)
