"""The generated pages as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

from market.metrics import AGENT_METRICS, PORTAL_METRICS, RELAY_METRICS, Metric
from market.policy.consortia.session_advice import ADVICE, SessionAdvice
from market.reference.error_codes import Occurrence, read_occurrences
from market.reference.rooms import Room, read_rooms
from market.reference.settings_page import Setting, agent_settings, platform_settings

HERE: Final = Path(__file__).parent
_ROOT: Final = HERE.parent.parent
_MADE: Final = "Made from the code by `python -m market.reference`; do not edit it.\n"

_ERRORS: Final = f"""# Error codes

{_MADE}
Every failure has a stable code, a message and a next action; portal, command line, job pages and
receipts show the same ones, and `market explain CODE` prints an entry of this page. Parts in <> are
filled in when it happens.

- *refused*: a rule said no; nothing was spent
- *not found*: no such thing, or not visible to the one who asks
- *not permitted*: known, but not allowed to the one who asks
- *conflict*: the same thing exists with other content, or in another state
- *unavailable*: a part of the system does not answer; trying again may help
- *ended*: a job came to its end without a result
- *session broke off*: members of a consortium computed, and ended it before there was a result
"""

_ROOMS: Final = f"""# Rooms

{_MADE}
Every folder and module with the first sentence of its own docstring. Which room may use which
stands in `pyproject.toml`, as contracts that `make lint` checks.
"""

_SETTINGS: Final = f"""# Settings

{_MADE}
Secrets are not settings: they are files of mode 0600 that are made at first start, or credentials
in the environment. An unknown key, or a value of another type, stops every command with
`settings-invalid`.
"""


_METRICS: Final = f"""# Metrics

{_MADE}
Every portal serves the first table to Prometheus at `metrics_host` and `metrics_port`
(SETTINGS.md), never at its public address, and not at all while the port is 0. Names end with their
unit; `_total` counts up since the process began. What is asked of the database is the same at every
portal: take the maximum over them, not the sum. Beside these each process has the `process_`
metrics of Prometheus's own client. The second table is a relay's that is a process of its own
(`relay_metrics_port`), the third an owner's agent's, which tells its owner alone:
`market agent run --metrics-port`.
"""


def pages() -> Mapping[Path, str]:
    """Every generated page's text, by where it lies."""
    return {
        HERE / "ERRORS.md": errors_page(),
        HERE / "METRICS.md": metrics_page(),
        HERE / "ROOMS.md": rooms_page(),
        HERE / "SETTINGS.md": settings_page(),
    }


def errors_page() -> str:
    """All codes in order, each with what is said and what to do."""
    entries = groupby(read_occurrences(_ROOT), key=lambda one: one.code)
    errors = {code: _entry(code, tuple(found)) for code, found in entries}
    ends = {one.code: _advice(one) for one in ADVICE}
    return "\n".join([_ERRORS, *(text for _, text in sorted((ends | errors).items()))])


def metrics_page() -> str:
    """Every metric by the process that has it, in the order of the tables they are made from."""
    tables = {"portal": PORTAL_METRICS, "relay": RELAY_METRICS, "agent": AGENT_METRICS}
    parts = [_METRICS, *(_metrics_table(of, table) for of, table in tables.items())]
    return "\n".join(parts)


def _metrics_table(process: str, table: Iterable[Metric]) -> str:
    rows = [
        f"| `{one.name}` | {one.kind} | {', '.join(one.labels)} | {_plain(one.meaning)} |"
        for one in table
    ]
    head = [
        f"## {process.title()}",
        "",
        "| metric | kind | labels | meaning |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def rooms_page() -> str:
    """The packages from the ground up, each with its modules."""
    return "\n".join([_ROOMS, *(_room(room) for room in read_rooms(_ROOT))])


def settings_page() -> str:
    """The platform's keys, then the agent's."""
    return "\n".join(
        [
            _SETTINGS,
            "## Platform: `MARKET_HOME/market.toml`\n",
            "Each may stand in the environment instead, under the name given; that wins.\n",
            *_table(platform_settings()),
            "",
            "## Key agent: `agent.toml` in the agent's home\n",
            *_table(agent_settings()),
            "",
        ]
    )


def _entry(code: str, found: tuple[Occurrence, ...]) -> str:
    kinds = ", ".join(sorted({one.kind for one in found}))
    return "\n".join([f"## `{code}`\n", f"*{kinds}*\n", *_sayings(found)])


def _advice(advice: SessionAdvice) -> str:
    said = f"- {_plain(advice.meaning)}  \n  {_plain(advice.next_action)}"
    return "\n".join([f"## `{advice.code}`\n", "*session broke off*\n", said, ""])


def _room(room: Room) -> str:
    lines = [f"## {room.name}/\n", *([f"{_plain(room.sentence)}.\n"] if room.sentence else [])]
    lines += [f"- `{name}`: {_plain(sentence)}" for name, sentence in room.modules]
    return "\n".join([*lines, ""])


def _sayings(found: Iterable[Occurrence]) -> Iterator[str]:
    said = {(one.message, one.next_action): one.module for one in found}
    for (message, next_action), module in said.items():
        yield f"- {_plain(message)}  \n  {_plain(next_action)} (`{module}`)"
    yield ""


def _table(settings: Iterable[Setting]) -> Iterator[str]:
    yield "| key | variable | type | default | meaning |"
    yield "|---|---|---|---|---|"
    for one in settings:
        default = f"`{one.default}`" if one.default else "must be given"
        variable = f"`{one.variable}`" if one.variable else ""
        yield f"| `{one.key}` | {variable} | {one.type} | {default} | {_plain(one.meaning)} |"


def _plain(text: str) -> str:
    """A text in a line of Markdown: angle brackets and bars stand for themselves."""
    return " ".join(text.split()).replace("<", "\\<").replace("|", "\\|").replace("*", "\\*")
