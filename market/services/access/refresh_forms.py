"""Keep the forms in step: who may use what, and to whom consortia let results be sealed."""

from __future__ import annotations

from crypto.identity import PublicKey
from market.entities.consortium import Consortium
from market.entities.dataset import Dataset
from market.entities.offer import Offer, OfferFilter
from market.entities.people import Organisation, User
from market.entities.stages import AllForms, ConsortiumForm, Form
from market.errors import Refused
from market.policy.decision import Granted
from market.policy.listing.encrypted_for import encrypted_for
from market.policy.listing.entitlement import entitlement
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
    choices = _choices(platform)
    organisations = tuple(
        _form(platform, organisation, buyers[organisation.organisation], choices, now)
        for organisation in platform.people.organisations()
        if organisation.organisation in buyers
    )
    consortia = tuple(consortium_form(platform, one) for one in platform.consortia.agreed())
    return AllForms(organisations, consortia)


def _form(
    platform: Platform,
    organisation: Organisation,
    buyers: list[User],
    choices: list[tuple[Offer, ...]],
    now: int,
) -> Form:
    usable = [_usable(platform, buyer, choices, now=now) for buyer in buyers]
    datasets = tuple(
        (dataset_ids_text(ids), _label(choice))
        for choice, ids in ((one, [offer.dataset for offer in one]) for one in choices)
        if any(own.issuperset(ids) for own in usable)
    )
    return Form(organisation.organisation, organisation.name, datasets)


def _usable(
    platform: Platform, buyer: User, choices: list[tuple[Offer, ...]], *, now: int
) -> frozenset[str]:
    """Ids of the datasets that a buyer is entitled to ask. Grants are read of those alone on which
    there is one: of most there is none."""
    if not buyer.identity_key:
        return frozenset()
    own = PublicKey.parse(buyer.identity_key).fingerprint()
    granted = platform.catalogue.search("", wanted=OfferFilter(granted_to=own, at=now))
    with_grant = {offer.dataset for offer in granted}
    offers = {one.dataset: one for choice in choices for one in choice}

    def may(offer: Offer) -> bool:
        if offer.dataset in with_grant:
            return may_use(platform, offer, buyer, now=now)
        policy, lineages = offer.listing.record.policy, offer.lineages
        decision = entitlement(
            policy, None, dataset=offer.dataset, lineages=lineages, buyer=own, now=now
        )
        return isinstance(decision, Granted)

    return frozenset(dataset for dataset, offer in offers.items() if may(offer))


def _choices(platform: Platform) -> list[tuple[Offer, ...]]:
    """What one question can ask: one listed dataset, or several owners' together, where their
    owners let it."""
    by_name = {
        offer.dataset: offer
        for offer in platform.catalogue.search("")
        if offer.standing == "listed"
    }
    alone = [(offer,) for offer in by_name.values() if offer.listing.record.together.is_sold_alone]
    unions = sorted(
        {
            tuple(sorted((name, *union.names)))
            for name, offer in by_name.items()
            for union in offer.listing.record.together.unions
        }
    )
    together = [
        tuple(by_name[name] for name in names)
        for names in unions
        if set(names) <= by_name.keys() and _is_offered(platform, names)
    ]
    return alone + together


def _is_offered(platform: Platform, names: tuple[str, ...]) -> bool:
    """Whether these can be asked together, which their manifests say, too."""
    try:
        encrypted_source([platform.catalogue.dataset(name) for name in names])
    except Refused:
        return False
    return True


def _label(choice: tuple[Offer, ...]) -> str:
    label = " + ".join(map(_title, choice))
    return label if len(choice) == 1 else f"{label}, together"


def _title(dataset: Offer) -> str:
    """Its title, and that it is for sums only where it is: who chooses it writes a plan for it."""
    title = dataset.listing.record.description.title
    is_for_sums = encrypted_for(dataset.parameters) == "sums"
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


def may_use(platform: Platform, dataset: Dataset | Offer, user: User, *, now: int) -> bool:
    """Whether the user is entitled to ask this dataset now."""
    if not user.identity_key:
        return False
    policy = dataset.listing.record.policy
    decision = read_entitlement(platform, dataset, policy, user.identity_key, now=now)
    return isinstance(decision, Granted)
