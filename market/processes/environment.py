"""What the platform's processes see. Every setting is handed on, so that a child of `market up`
reads the same ones whatever the caller's environment; of that, no proxy and no locale."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import market
from market.adapters.child_environment import defined_environment
from market.adapters.platform_secrets import AIRFLOW_JWT, AIRFLOW_SESSION, platform_secret
from market.settings import Settings

_PATIENCE = "market.processes.sqlite_patience.CONNECT_ARGUMENTS"
SIGNED_ON_SECONDS = 12 * 3_600
"""As long as a session of the portal lasts at most."""

SOURCE = Path(market.__file__).resolve().parent.parent
"""Holds the packages and, beside them, dags/."""


def platform_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The portal's environment, and the part of Airflow's that steps read."""
    environment = {
        key: value
        for key, value in defined_environment(inherited).items()
        if not key.startswith(("AIRFLOW_", "_AIR"))
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
    """Airflow's environment: SQLite, LocalExecutor, our auth manager, no examples, no telemetry."""
    home = settings.home.resolve() / "airflow"
    options = {
        "CORE__DAGS_FOLDER": str(SOURCE / "dags"),
        "CORE__PLUGINS_FOLDER": str(Path(__file__).with_name("plugins")),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": str(settings.airflow_parallelism),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__AUTH_MANAGER": "market.single_sign_on.auth_manager.MarketAuthManager",
        "CORE__EXECUTION_API_SERVER_URL": f"{settings.airflow_url}/execution/",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "DATABASE__SQL_ALCHEMY_CONNECT_ARGS": _PATIENCE,
        "DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC": _PATIENCE,
        "API__HOST": settings.portal_host,
        "API__PORT": str(settings.airflow_port),
        "API__WORKERS": "1",  # redeemed sign-on codes are remembered in the process
        "API__BASE_URL": settings.airflow_browser_url,
        "API__INSTANCE_NAME": "Data market",
        "API__ENABLE_SWAGGER_UI": "False",
        "API__SECRET_KEY": platform_secret(settings.home, AIRFLOW_SESSION).reveal().hex(),
        "API_AUTH__JWT_SECRET": platform_secret(settings.home, AIRFLOW_JWT).reveal().hex(),
        "API_AUTH__JWT_EXPIRATION_TIME": str(SIGNED_ON_SECONDS),
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # A worker may notice only at the next heartbeat that its task has ended, and holds its slot
        # until then.
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
        # A worker's first call may meet an api-server that is still importing.
        "WORKERS__EXECUTION_API_TIMEOUT": "30",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    environment = platform_environment(settings, inherited)
    environment["AIRFLOW_HOME"] = str(home)
    environment.update({f"AIRFLOW__{name}": value for name, value in options.items()})
    return environment
