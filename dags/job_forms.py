"""The fields that every form of a job has, and where the platform writes what forms offer."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from airflow.sdk import Param

COMMIT = r"^[ \t\r\n]*[0-9a-fA-F]{40}[ \t\r\n]*$"
EPSILON = (
    r"^[ \t\r\n]*(?![0.]+[ \t\r\n]*$)"
    r"(0?[0-9]{1,2}(\.[0-9]{1,9})?|100(\.0{1,9})?)[ \t\r\n]*$"
)
"""What the forms let through: exactly what the step takes and brings to normal form
(market.policy.submission)."""

STARTED_BY_HAND: Final[dict[str, Any]] = {
    "schedule": None,
    "catchup": False,
    "is_paused_upon_creation": False,
    "max_active_runs": 10_000,
    "max_active_tasks": 10_000,
    "default_args": {"retries": 3, "retry_delay": timedelta(seconds=5)},
}
"""How every DAG with a form runs: at once, when somebody submits it, as many as there are."""

PLAN_TIMEOUT = timedelta(minutes=15)


def portal_address() -> str:
    """Where browsers find the portal."""
    return os.environ.get("MARKET_PUBLIC_URL", "")


def read_forms(kind: str) -> list[dict[str, Any]]:
    """The forms of a kind that the platform wrote to MARKET_HOME; none before it wrote any."""
    path = Path(os.environ["MARKET_HOME"]) / "forms.json"
    return json.loads(path.read_text("utf-8"))[kind] if path.exists() else []


def repository_field() -> Param:
    """The browser checks no field's pattern: descriptions state the rules."""
    return Param(
        "",
        type="string",
        title="Repository",
        minLength=1,
        maxLength=2_000,
        description="Address of the git repository, https:// only.",
    )


def commit_field() -> Param:
    return Param(
        "",
        type="string",
        title="Commit",
        pattern=COMMIT,
        description="The full hash, 40 characters of 0-9 and a-f: git rev-parse HEAD.",
    )


def epsilon_field() -> Param:
    return Param(
        "0.5",
        type="string",
        title="Epsilon",
        pattern=EPSILON,
        description="Privacy budget of this job, a plain decimal above 0, at most 100: "
        "0.5 for example. More budget, less noise.",
    )


def choice_field(title: str, choices: dict[str, str], none: str, description: str) -> Param:
    """One of `choices`, shown by their titles; `none` says why there are none."""
    return Param(
        "",
        type="string",
        title=title,
        # The form shows an empty value as one that is still to be chosen, and asks for it.
        enum=list(choices) or [""],
        minLength=1,
        values_display=choices or {"": none},
        description=description,
    )
