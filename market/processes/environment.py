"""What the platform's processes see. Every setting is handed on, so that a child of `market up`,
and a step of Airflow's, reads the same ones whatever the caller's environment; of that, no proxy
and no locale."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import market
from market.adapters.child_environment import defined_environment
from market.airflow.environment import AIRFLOW_PREFIXES, airflow_options, worker_options
from market.given_settings import NOT_SETTINGS, PREFIX
from market.settings import Settings

SOURCE = Path(market.__file__).resolve().parent.parent
"""Holds the packages and, beside them, dags/."""


def platform_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The portal's environment, and the part of Airflow's that steps read."""
    environment = {
        key: value
        for key, value in defined_environment(inherited).items()
        if not key.startswith(AIRFLOW_PREFIXES)
        and (key in NOT_SETTINGS or not key.startswith(PREFIX))
    }
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        environment[f"MARKET_{field.name.upper()}"] = text
    environment["MARKET_HOME"] = str(settings.home.resolve())
    environment["MARKET_PUBLIC_URL"] = settings.portal_url
    # Beside an interpreter that is not the virtual environment's, packages come this way.
    paths = (str(SOURCE), inherited.get("PYTHONPATH", ""))
    environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    # `git`, `java` and the interpreter's own scripts are found by steps as they are here.
    environment["PATH"] = f"{Path(sys.executable).parent}:{inherited.get('PATH', '/usr/bin:/bin')}"
    return environment


def airflow_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of Airflow's processes."""
    options = airflow_options(settings, SOURCE / "dags")
    return {**platform_environment(settings, inherited), **options}


def worker_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of a step's pod."""
    return {
        **platform_environment(settings, inherited),
        **worker_options(settings, SOURCE / "dags"),
    }
