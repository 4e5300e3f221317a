"""What the stages of a job are handed: forms to show."""

from __future__ import annotations

from dataclasses import dataclass

from market.records.consortium import Composition


@dataclass(frozen=True, slots=True)
class Form:
    """The submit form of one organisation: the (dataset, title) pairs it may use now; several
    datasets that may be asked together are one, their ids with commas between."""

    organisation: str
    title: str
    datasets: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ConsortiumForm:
    """The form of a consortium's agreement that holds.

    `recipients` are (user, how they are shown) of all here to whom a result may be sealed.
    """

    consortium: str
    number: int
    title: str
    composition: Composition
    recipients: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AllForms:
    """Every form there is, each by the order of whose it is."""

    organisations: tuple[Form, ...] = ()
    consortia: tuple[ConsortiumForm, ...] = ()
