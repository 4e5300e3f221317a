"""Three owners at their command lines, signed in and with an agent each, who found a consortium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from market.records.fingerprint_words import words_of
from world.command_lines import CommandLines, command_lines
from world.people import PASSWORD

MEMBERS: Final = {"olga": "clinics", "carol": "couriers", "dora": "insurers"}
"""Who speaks for which organisation; `bob` buys, of an organisation without a seat."""

PROPOSAL: Final = """\
consortium = "three-clinics"
title = "Visits everywhere"
purpose = "What visits cost."
composition = "union"

[[members]]
organisation = "clinics"
table = 1

[[members]]
organisation = "couriers"
table = 1
{third}
[[tables]]
capacity_rows = 4000

[tables.privacy_unit]
max_rows = 1
meaning = "one respondent"

[[tables.columns]]
name = "visits"
type = "numeric"
meaning = "Visits to a doctor"
unit = "visits"
low = 0
high = 50
null = "low"

[[tables.columns]]
name = "health"
type = "categorical"
meaning = "Health as they say"
levels = ["good", "poor"]

[policy]
job_epsilon = 4
delta = 0.000001
statistics = ["count", "sum", "mean"]
approval = "automatic"
"""
THIRD: Final = '\n[[members]]\norganisation = "insurers"\n'


@contextmanager
def consortium_lines(root: Path) -> Iterator[CommandLines]:
    """A portal whose owners are ready to propose and join."""
    with command_lines(root) as place:
        (root / "three.toml").write_text(PROPOSAL.format(third=THIRD))
        (root / "two.toml").write_text(PROPOSAL.format(third=""))
        _add(place, "bob", "north-lab", "buyer", ("client",))
        for name, organisation in MEMBERS.items():
            _add(place, name, organisation, "owner", ("client", "owner", "agent"))
            place.done(name, "agent", "init")
        yield place


def _add(
    place: CommandLines, name: str, organisation: str, role: str, scopes: tuple[str, ...]
) -> None:
    place.done("platform", "admin", "organisation", organisation, "--name", organisation.title())
    of = ("--organisation", organisation, "--name", name.title(), "--role", role)
    place.done("platform", "admin", "user", name, *of, given=f"{PASSWORD}\n")
    made = place.done(name, "keys", "new")
    place.words[name] = words_of(made.output.split()[2])
    wanted = [word for scope in scopes for word in ("--scope", scope)]
    url = place.words["url"]
    place.done(name, "login", url, "--user", name, *wanted, given=f"{PASSWORD}\n")
    place.done(name, "keys", "register")
