"""Airflow's configuration, as the environment of its processes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from market.adapters.platform_secrets import (
    AIRFLOW_JWT,
    AIRFLOW_SESSION,
    FORMS,
    platform_secret,
    secrets_directory,
)
from market.airflow.metadatabase import airflow_home, database_options
from market.airflow.theme import theme
from market.airflow.worker_pods import worker_pod_options
from market.settings import Settings

AIRFLOW_PREFIXES = ("AIRFLOW", "_AIR")
"""Of the variables that Airflow reads, and sets for its own processes."""

FORMS_PATH = "/api/v1/forms"
"""Of the portal, for the DAG files."""

SIGNED_ON_SECONDS = 12 * 3_600
"""As long as a session of the portal lasts at most."""

_FIXED: Final = {
    "CORE__LOAD_EXAMPLES": "False",
    "CORE__AUTH_MANAGER": "market.airflow.single_sign_on.auth_manager.MarketAuthManager",
    # A form that changed is offered at the next reading of its file, not 30 seconds later.
    "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "1",
    "API__WORKERS": "1",
    "API__INSTANCE_NAME": "Data market",
    "API__ENABLE_SWAGGER_UI": "False",
    "API_AUTH__JWT_EXPIRATION_TIME": str(SIGNED_ON_SECONDS),
    "DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
    "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
    # Half of it lies before every task of a run.
    "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # What a killed scheduler or worker had begun stands still until it is missed: by default for
    # five minutes. Every step may be done again, so one that is missed too early does no harm.
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    # A worker may notice only at the next heartbeat that its task has ended, and holds its slot
    # until then.
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    # A worker's first call may meet an api-server that is still importing.
    "WORKERS__EXECUTION_API_TIMEOUT": "30",
    "USAGE_DATA_COLLECTION__ENABLED": "False",
}
"""Whatever the settings."""


def airflow_options(settings: Settings, dags: Path) -> dict[str, str]:
    """Airflow's variables: its database, its executor, our auth manager, no examples, no telemetry.

    Args:
        dags: the folder of DAG files.
    """
    return _variables(
        settings,
        _of_every_process(settings, dags)
        | {
            "API__SECRET_KEY": platform_secret(settings, AIRFLOW_SESSION).reveal().hex(),
            "API_AUTH__JWT_SECRET": platform_secret(settings, AIRFLOW_JWT).reveal().hex(),
            "CORE__PLUGINS_FOLDER": str(Path(__file__).with_name("plugins")),
            "API__THEME": theme(),
        }
        | database_options(settings)
        | _reached_by_others(settings)
        | worker_pod_options(settings),
    )


def worker_options(settings: Settings, dags: Path) -> dict[str, str]:
    """The same for a step's pod: neither a secret nor the database, which workers do not ask."""
    return _variables(settings, _of_every_process(settings, dags))


def _variables(settings: Settings, options: dict[str, str]) -> dict[str, str]:
    variables = {f"AIRFLOW__{name}": value for name, value in options.items()}
    home = airflow_home(settings.home.resolve())
    return {"AIRFLOW_HOME": str(home), **_forms(settings), **_logs(settings), **variables}


def _forms(settings: Settings) -> dict[str, str]:
    """Where dags/job_forms.py finds the forms, and the file of the secret that opens them."""
    return {
        "MARKET_FORMS_URL": f"{settings.portal_api_url}{FORMS_PATH}",
        "MARKET_FORMS_SECRET": str(secrets_directory(settings).resolve() / FORMS),
    }


def _logs(settings: Settings) -> dict[str, str]:
    """What the keeper of logs goes by (market.airflow.plugins.log_keeper)."""
    return {
        "MARKET_AIRFLOW_LOG_DAYS": str(settings.airflow_log_days),
        "MARKET_AIRFLOW_LOG_BYTES": str(settings.airflow_log_bytes),
    }


def _of_every_process(settings: Settings, dags: Path) -> dict[str, str]:
    logs = f"{airflow_home(settings.home.resolve())}/logs"
    return _FIXED | {
        "CORE__DAGS_FOLDER": str(dags),
        "CORE__EXECUTOR": settings.airflow_executor,
        "CORE__PARALLELISM": str(settings.airflow_parallelism),
        "CORE__EXECUTION_API_SERVER_URL": f"{settings.airflow_url}/execution/",
        # Else those of its first start, which it wrote down: the home may have moved since.
        "LOGGING__BASE_LOG_FOLDER": logs,
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": f"{logs}/dag_processor",
        "API__HOST": settings.airflow_listens_at,
        "API__PORT": str(settings.airflow_port),
        "API__BASE_URL": settings.airflow_browser_url,
    }


def _reached_by_others(settings: Settings) -> dict[str, str]:
    """What the scheduler serves where the api-server, or whoever looks after it, is elsewhere."""
    options = {}
    if settings.airflow_log_port:
        options["LOGGING__WORKER_LOG_SERVER_PORT"] = str(settings.airflow_log_port)
        # Its name may be known to its own machine alone.
        options["CORE__HOSTNAME_CALLABLE"] = "airflow.utils.net.get_host_ip_address"
    if settings.airflow_health_port:
        options["SCHEDULER__ENABLE_HEALTH_CHECK"] = "True"
        options["SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT"] = str(settings.airflow_health_port)
    return options
