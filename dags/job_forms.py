"""The fields that every form of a job has, and what they offer, as the portal tells it."""

from __future__ import annotations

import functools
import json
import logging
import os
import tempfile
import urllib.error
import urllib.request
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from airflow.sdk import Param

COMMIT = r"^[ \t\r\n]*[0-9a-fA-F]{40}[ \t\r\n]*$"
EPSILON = (
    r"^[ \t\r\n]*(?![0.]+[ \t\r\n]*$)"
    r"(0?[0-9]{1,2}(\.[0-9]{1,9})?|100(\.0{1,9})?)[ \t\r\n]*$"
)
"""What the forms let through: exactly what the step takes and brings to normal form
(market.policy.submission.submission)."""

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

_TIMEOUT_SECONDS = 3
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Whatever proxy the environment names: the portal is the platform's own."""

_log = logging.getLogger(__name__)


def portal_address() -> str:
    """Where browsers find the portal."""
    return os.environ.get("MARKET_PUBLIC_URL", "")


def read_forms(kind: str) -> list[dict[str, Any]]:
    """The forms of a kind that the platform has now; those it had before while the portal does not
    answer, so that no DAG goes away with it; none where there never were any."""
    forms: list[dict[str, Any]] = _forms()["forms"].get(kind, [])
    return forms


@functools.cache
def _forms() -> dict[str, Any]:
    copy = Path(os.environ["AIRFLOW_HOME"]) / "forms.json"
    known = _known(copy)
    try:
        newest = _asked(known["tag"])
    except (OSError, ValueError) as error:
        _log.warning("The portal does not give the forms: %s. They stay as they were.", error)
        return known
    if newest is None:
        return known
    # Several processes may do this at once: each writes a whole file of its own.
    with tempfile.NamedTemporaryFile("w", dir=copy.parent, delete=False) as file:
        json.dump(newest, file)
    os.replace(file.name, copy)
    return newest


def _known(copy: Path) -> dict[str, Any]:
    try:
        known: dict[str, Any] = json.loads(copy.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        known = {"tag": "", "forms": {}}
    return known


def _asked(tag: str) -> dict[str, Any] | None:
    """The portal's forms and their tag; None where they are the known ones."""
    secret = Path(os.environ["MARKET_FORMS_SECRET"]).read_text("ascii").split()[0]
    request = urllib.request.Request(  # noqa: S310 - the address is the platform's own
        os.environ["MARKET_FORMS_URL"],
        headers={"Authorization": f"Bearer {secret}", "If-None-Match": tag},
    )
    try:
        with _DIRECT.open(request, timeout=_TIMEOUT_SECONDS) as answer:
            return {"tag": answer.headers["ETag"], "forms": json.load(answer)}
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_MODIFIED:
            return None
        raise


def repository_field() -> Param:
    """The browser checks no field's pattern: descriptions state the rules."""
    return Param(
        "",
        type="string",
        title="Repository",
        minLength=1,
        maxLength=2_000,
        description="Address of the git repository, https://; or bundle: of a sent program. A "
        "bundle's file goes into the portal's form.",
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
