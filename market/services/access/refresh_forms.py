"""Keep the forms in step: who may use what, and to whom consortia let results be sealed."""

from __future__ import annotations

from collections.abc import Sequence

from market.entities.consortium import Consortium
from market.entities.dataset import Dataset
from market.entities.people import Organisation, User
from market.entities.stages import AllForms, ConsortiumForm, Form
from market.errors import Refused
from market.policy.decision import Granted
from market.policy.listing.encrypted_for import encrypted_for
from market.policy.submission.asked_ids import dataset_ids_text
from market.ports.shared_state import NumberedForms
from market.services.access.read_entitlement import read_entitlement
from market.services.platform import Platform
from market.services.sources import encrypted_source


def refresh_forms(platform: Platform, *, now: int) -> None:
    """Write a form for every organisation that has a buyer, and for every consortium that holds.

    Where others have written forms meanwhile, these are made again: theirs may know less, or more.
    """
    while True:
        before = platform.forms.read().number
        if platform.forms.replace(_forms(platform, now=now), after=before):
            return


def read_forms(platform: Platform) -> NumberedForms:
    """The forms as they were last written, for whoever shows them."""
    return platform.forms.read()


def _forms(platform: Platform, *, now: int) -> AllForms:
    buyers: dict[str, list[User]] = {}
    for user in platform.people.users():
        if "buyer" in user.roles and user.is_active:
            buyers.setdefault(user.organisation, []).append(user)
    datasets = platform.catalogue.listed()
    organisations = tuple(
        _form(platform, organisation, buyers[organisation.organisation], datasets, now)
        for organisation in platform.people.organisations()
        if organisation.organisation in buyers
    )
    consortia = tuple(consortium_form(platform, one) for one in platform.consortia.agreed())
    return AllForms(organisations, consortia)


def _form(
    platform: Platform,
    organisation: Organisation,
    buyers: list[User],
    datasets: list[Dataset],
    now: int,
) -> Form:
    usable = tuple(
        (dataset_ids_text([dataset.dataset for dataset in choice]), _label(choice))
        for choice in choices_among(datasets)
        if any(
            all(may_use(platform, dataset, buyer, now=now) for dataset in choice)
            for buyer in buyers
        )
    )
    return Form(organisation.organisation, organisation.name, usable)


def choices_among(datasets: Sequence[Dataset]) -> list[tuple[Dataset, ...]]:
    """What one question can ask of these datasets: one of them, or several owners' together, where
    their owners let it."""
    by_name = {dataset.dataset: dataset for dataset in datasets}
    names = [
        *((name,) for name in by_name),
        *sorted(
            {
                tuple(sorted((name, *union.names)))
                for name, dataset in by_name.items()
                for union in dataset.listing.record.together.unions
            }
        ),
    ]
    found = [tuple(by_name[one] for one in some if one in by_name) for some in names]
    whole = [choice for choice, some in zip(found, names, strict=True) if len(choice) == len(some)]
    return [choice for choice in whole if _is_offered(choice)]


def _is_offered(choice: tuple[Dataset, ...]) -> bool:
    try:
        encrypted_source(choice)
    except Refused:
        return False
    return True


def _label(choice: tuple[Dataset, ...]) -> str:
    label = " + ".join(map(_title, choice))
    return label if len(choice) == 1 else f"{label}, together"


def _title(dataset: Dataset) -> str:
    """Its title, and that it is for sums only where it is: who chooses it writes a plan for it."""
    title = dataset.listing.record.description.title
    is_for_sums = encrypted_for(dataset.manifest.record.parameters) == "sums"
    return f"{title}, sums only" if is_for_sums else title


def consortium_form(platform: Platform, consortium: Consortium) -> ConsortiumForm:
    """The form of a consortium's agreement that holds."""
    recipients = [
        (user.user, f"{user.name} ({user.user}, {user.organisation})")
        for user in recipients_here(platform, consortium)
    ]
    proposal = consortium.proposal.record
    return ConsortiumForm(
        consortium.consortium,
        consortium.number,
        proposal.title,
        proposal.composition,
        tuple(recipients),
    )


def recipients_here(platform: Platform, consortium: Consortium) -> list[User]:
    """The active users whose registered key the agreement names as a recipient's, by id."""
    named = consortium.agreement.recipients if consortium.agreement else frozenset()
    found = (platform.people.by_identity_fingerprint(fingerprint) for fingerprint in named)
    return sorted((one for one in found if one and one.is_active), key=lambda one: one.user)


def may_use(platform: Platform, dataset: Dataset, user: User, *, now: int) -> bool:
    """Whether the user is entitled to ask this dataset now."""
    if not user.identity_key:
        return False
    policy = dataset.listing.record.policy
    decision = read_entitlement(platform, dataset, policy, user.identity_key, now=now)
    return isinstance(decision, Granted)
