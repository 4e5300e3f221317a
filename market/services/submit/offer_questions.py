"""What somebody may ask now, as the form of their organisation offers it."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.people import User
from market.services.access.refresh_forms import read_forms
from market.services.authorize import require_asker
from market.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the form's list: an id, or several with commas between, and its title.

    `is_consortium`: its members compute, and its answer may be for another of their people.
    """

    asked: str
    title: str
    is_consortium: bool = False


def offered(platform: Platform, user: User) -> tuple[Choice, ...]:
    """The datasets that the user's organisation may ask, and the consortia it is a member of.

    Raises:
        NotPermitted: the user may ask nothing.
    """
    require_asker(user)
    forms = read_forms(platform).forms
    datasets = [
        Choice(asked, title)
        for form in forms.organisations
        if form.organisation == user.organisation
        for asked, title in form.datasets
    ]
    own = {one.consortium for one in platform.consortia.of_organisation(user.organisation)}
    consortia = [
        Choice(form.consortium, form.title, is_consortium=True)
        for form in forms.consortia
        if form.consortium in own
    ]
    return (*datasets, *consortia)
