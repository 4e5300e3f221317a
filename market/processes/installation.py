"""Whether what a platform is made of can be reached and is as it must be: secrets, database, store,
clocks, Airflow, and the parts that its settings put elsewhere. Nothing is changed, but that one
object is created in the store and taken away again.

What is not made yet is no problem: `market up`, or a migration, makes it.
"""

from __future__ import annotations

import email.utils
import os
import time
from collections.abc import Callable, Iterator
from typing import Final

import httpx
import sqlalchemy

from market.adapters.platform_secrets import make_secrets, secrets_directory
from market.adapters.spark_kubernetes import check_pods, check_templates, is_kubernetes
from market.adapters.stores.opening import prepare_store
from market.airflow import metadatabase
from market.airflow.components import API_SERVER, COMPONENTS, healthy_components
from market.airflow.worker_pods import EXECUTOR, check_worker_pods
from market.database.engine import open_database
from market.database.revision import NEWEST, another_version, revision_at
from market.errors import MarketError, Refused
from market.policy.clock import SKEW_SECONDS
from market.processes.check import Check, checked, failed, ok
from market.processes.child import running
from market.settings import Settings

_SECONDS: Final = 5
_CLOCK: Final = "Set the clocks by NTP: signatures and addresses are good for minutes."
_AT_ALL: Final = "The line before this one says whether it answers at all."


def check_installation(settings: Settings) -> Iterator[Check]:
    """Every part that the settings name, in the order in which the platform needs them."""
    yield _tried("secrets", lambda: _secrets(settings))
    yield _tried("database", lambda: _database(settings))
    if settings.database_url.startswith("postgresql"):
        yield _tried("clock of the database", lambda: _database_clock(settings))
    yield _tried("object store", lambda: _store(settings))
    if settings.store == "s3" and settings.s3_endpoint_url:
        yield _clock("clock of the object store", settings.s3_endpoint_url)
    yield _tried("airflow's database", lambda: _airflow_database(settings))
    if running(settings, API_SERVER.name) is not None or settings.airflow_internal_url:
        yield _airflow(settings)
    if is_kubernetes(settings.spark_master):
        yield _tried("pods of spark", lambda: _pods_of_spark(settings))
    if settings.airflow_executor == EXECUTOR:
        yield _tried("pods of steps", lambda: _pods_of_steps(settings))
    for name, url in _elsewhere(settings):
        yield _answers(name, url)


def _tried(name: str, look: Callable[[], Check]) -> Check:
    """A failure of what is looked at is what was found."""
    try:
        return look()
    except MarketError as error:
        return failed(name, error)


def _secrets(settings: Settings) -> Check:
    directory = secrets_directory(settings)
    if not settings.secrets and not directory.exists():
        return ok("secrets", f"{directory} (not made yet)")
    make_secrets(settings)
    return ok("secrets", str(directory))


def _database(settings: Settings) -> Check:
    seen = revision_at(settings.platform_database_url)
    if not seen:
        return ok("database", "no tables yet: market admin migrate makes them")
    if seen != NEWEST["platform"]:
        raise another_version(seen, "platform")
    return ok("database", f"at {seen}")


def _database_clock(settings: Settings) -> Check:
    database = open_database(settings.platform_database_url)
    try:
        with database.reading() as connection:
            before = time.time()
            theirs = connection.execute(
                sqlalchemy.text("SELECT extract(epoch FROM clock_timestamp())")
            ).scalar_one()
            ours = (before + time.time()) / 2
    finally:
        database.close()
    return _compared("clock of the database", float(theirs) - ours)


def _store(settings: Settings) -> Check:
    description = settings.store_description
    if description["kind"] == "local":
        path = description["path"]
        if not os.path.exists(path):
            return ok("object store", f"{path} (not made yet)")
        is_ok = os.access(path, os.R_OK | os.W_OK | os.X_OK)
        return checked("object store", is_ok, path, f"Let this account write below {path}.")
    prepare_store(description, now=int(time.time()))
    return ok("object store", f"bucket {settings.s3_bucket} creates objects and replaces none")


def _clock(name: str, url: str) -> Check:
    """By the Date of whatever is answered (RFC 9110, section 6.6.1): its unit is a second."""
    try:
        before = time.time()
        answer = httpx.head(url, timeout=_SECONDS)
        told = email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (httpx.HTTPError, KeyError, ValueError) as error:
        return Check(name, False, f"{url} told no time ({type(error).__name__})", _AT_ALL)
    return _compared(name, told - (before + time.time()) / 2)


def _compared(name: str, ahead_seconds: float) -> Check:
    found = f"{abs(ahead_seconds):.0f} s {'ahead of' if ahead_seconds > 0 else 'behind'} this one"
    return checked(name, abs(ahead_seconds) <= SKEW_SECONDS / 2, found, _CLOCK)


def _airflow_database(settings: Settings) -> Check:
    metadatabase.require_plain_path(settings.home)
    if not metadatabase.is_migrated(settings):
        return ok("airflow's database", "not made yet: market airflow migrate makes it")
    return ok("airflow's database", "made by the installed version")


def _airflow(settings: Settings) -> Check:
    healthy = healthy_components(settings.airflow_url)
    silent = [part.name for part in COMPONENTS if part.name not in healthy]
    found = f"{', '.join(silent)} not well at {settings.airflow_url}" if silent else "all well"
    return checked("airflow", not silent, found, "Read their logs; start what does not run.")


def _pods_of_spark(settings: Settings) -> Check:
    check_pods(settings)
    check_templates(settings)
    return ok("pods of spark", f"{settings.spark_image} in {settings.spark_namespace}")


def _pods_of_steps(settings: Settings) -> Check:
    check_worker_pods(settings)
    return ok("pods of steps", f"made of {settings.airflow_pod_template}")


def _elsewhere(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.relay_public_url:
        yield "relay", settings.relay_public_url
    if settings.sandbox_url:
        yield "one-shot sandboxes", settings.sandbox_url


def _answers(name: str, url: str) -> Check:
    try:
        httpx.get(f"{url}/healthz", timeout=_SECONDS)
    except httpx.HTTPError as error:
        refused = Refused(
            "part-unreachable",
            f"{url} does not answer ({type(error).__name__}).",
            "Start it, or correct the setting that names it.",
        )
        return failed(name, refused)
    return ok(name, f"answers at {url}")
