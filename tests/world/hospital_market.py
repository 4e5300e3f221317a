"""A market that looks like one that is used: hospitals that own, laboratories that buy, and weeks
of questions. Pictures are made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from market.entities.job import Job
from market.entities.people import Organisation, Role, User
from market.errors import Refused
from market.plan.factors import Product
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.records.listing import Description
from market.services.access.grant_access import ask_access
from market.services.jobs.end_job import cancel_job
from world import household
from world.people import PASSWORD, a_key
from world.portal_market import PortalMarket

STAYS: Final = "hospital-stays"
DISTRICTS: Final = (
    "Adlershof", "Britz", "Buch", "Dahlem", "Friedenau", "Gatow", "Grunewald", "Karow", "Kladow",
    "Kreuzberg", "Lankwitz", "Mitte", "Moabit", "Neukölln", "Pankow", "Rudow", "Spandau",
    "Steglitz", "Tegel", "Tempelhof", "Treptow", "Wannsee", "Wedding", "Weißensee",
)  # fmt: skip
SCHEMA: Final = Schema(
    "stays",
    (
        NumericColumn("age", "0", "105", "Age at admission", "years", "drop_row", "57", "21"),
        NumericColumn("days", "0", "90", "Length of the stay", "days", "midpoint", "6.5", "7"),
        NumericColumn(
            "charges", "0", "120000", "What was charged for the stay", "EUR", "low", "7800", "9100"
        ),
        CategoricalColumn(
            "severity",
            ("minor", "moderate", "major", "extreme"),
            "Severity of the illness, by the attending physician",
            ("0.31", "0.38", "0.21", "0.08", "0.02"),
        ),
        CategoricalColumn("district", DISTRICTS, "Where the patient lives"),
        BooleanColumn("emergency", "Admitted as an emergency", "false"),
        DateColumn(
            "admitted", "2023-01-01", "2025-12-31", "Day of admission", "other",
            ("year", "month", "weekday"),
        ),
    ),
    PrivacyUnit("patient", 4, "one patient"),
    120_000,
    (Product("age", "age"), Product("days", "days"), Product("age", "days")),
)  # fmt: skip
DESCRIPTION: Final = Description(
    title="Hospital stays, 2023 to 2025",
    summary="Every inpatient stay in five hospitals: age, length of stay, charges, severity and "
    "district of 112 000 patients.",
    provenance="Discharge records of five hospitals, checked against billing every quarter.",
    licence="CC BY 4.0 for released statistics",
    terms="Statistics may be published with their errors. No attempt to single anybody out.",
)
OTHERS: Final = (
    ("ambulance-runs", "Ambulance runs, 2024", "Calls, minutes to arrival, and where to.", {}),
    (
        "rehabilitation",
        "Rehabilitation after stroke",
        "Barthel index at admission and discharge, and days between.",
        {"access": "request", "approval": "manual", "price_cents": 0},
    ),
    (
        "blood-donations",
        "Blood donations",
        "Donors and haemoglobin.",
        {"price_cents": 300},
    ),
    (
        "birth-register",
        "Birth register",
        "Weight, week and mode of delivery of every birth since 2015.",
        {"access": "invitation", "price_cents": 9_000},
    ),
)
LENGTH_BY_SEVERITY: Final = """
def build(ds):
    return {
        "stays": ds.count(),
        "days_by_severity": ds.group_by("severity")["days"].mean(),
        "severity": ds["severity"].histogram(),
        "average_age": ds["age"].mean(),
    }
"""
CHARGES: Final = """
def build(ds):
    return {"charges": ds["charges"].mean(), "emergencies": ds["emergency"].mean()}
"""
SEVERITY: Final = """
def build(ds):
    return {"severity": ds["severity"].histogram()}
"""

SUBJECTS: Final = {
    LENGTH_BY_SEVERITY: "Compare the length of stay by severity",
    CHARGES: "Ask for charges and the share of emergencies",
    SEVERITY: "Count stays by severity",
}


def _person(user: str, organisation: str, name: str, role: Role) -> User:
    key = "" if role == "administrator" else a_key(user).public.hex
    return User(user, organisation, name, (role,), key, is_active=True)


ORGANISATIONS: Final = (
    Organisation("harbour", "Harbour Data Trust"),
    Organisation("clinics", "Charlotten Clinics"),
    Organisation("north-lab", "Northern Institute of Epidemiology"),
    Organisation("rival-lab", "Laboratory for Health Economics"),
)
PEOPLE: Final = (
    _person("ada", "harbour", "Ada Lindqvist", "administrator"),
    _person("olga", "clinics", "Olga Brandt", "owner"),
    _person("bob", "north-lab", "Robert Okafor", "buyer"),
    _person("eve", "rival-lab", "Eva Marchetti", "buyer"),
)


class HospitalMarket(PortalMarket):
    """Its people have names, and its datasets references."""

    dataset = STAYS
    question = LENGTH_BY_SEVERITY
    schema = SCHEMA
    policy = replace(household.POLICY, budget_rho_units=21 * 10**12, buyer_rho_units=9 * 10**12)
    description = DESCRIPTION

    def __init__(self, home: Path, *, public_url: str = "http://127.0.0.1:8420") -> None:
        super().__init__(home, public_url=public_url, with_people=False)
        for organisation in ORGANISATIONS:
            self.people.add_organisation(organisation)
        for user in PEOPLE:
            self.people.add_user(user, PASSWORD)
        self.appoint("olga")

    def fill(self) -> dict[str, Job]:
        """Some weeks of it; jobs by what became of them."""
        for question, subject in SUBJECTS.items():
            self.programs.commit(question, subject)
        self.publish()
        for dataset, title, summary, words in OTHERS:
            self.publish(dataset, title=title, summary=summary, **words)
        for question, buyer, days in (
            (CHARGES, "bob", 2),
            (SEVERITY, "eve", 3),
            (CHARGES, "eve", 1),
            (LENGTH_BY_SEVERITY, "bob", 5),
            (SEVERITY, "bob", 4),
        ):
            self.released(question, buyer=buyer, epsilon="1")
            self.pass_days(days)
        purpose = "We compare how long people wait for a place after a stroke, by district."
        ask_access(self.platform, self.eve, "rehabilitation", purpose, now=self.now)
        self.grant("rehabilitation", "bob", 2 * 10**12)
        waiting = self.planned(CHARGES)
        found = {
            "refused": self.stopped_by(
                Refused(
                    "plan-column",
                    "job.py:4: there is no column 'charge'; the nearest is 'charges'.",
                    "Correct the name, commit, and submit again.",
                )
            ),
            "cancelled": cancel_job(self.platform, self.bob, waiting.job, now=self.now),
            "by_hand": self.requested(SEVERITY, "rehabilitation"),
            "approved": self.approved(CHARGES, "ambulance-runs", buyer="eve"),
        }
        self.pass_days(0.1)
        found["released"] = self.released(epsilon="1")
        self.pass_days(0.02)
        found["planned"] = self.planned(CHARGES, "ambulance-runs")
        return found
