"""Where the platform's ports meet their adapters: the only place that knows both."""

from __future__ import annotations

import secrets
from functools import partial

from crypto.envelope import RecipientKey
from crypto.identity import SigningKey
from market.adapters.installation import (
    AskedInstallation,
    part_of_relay,
    part_of_store,
    version_installed,
    version_of_java,
)
from market.adapters.messages.mail import MailServer
from market.adapters.messages.messengers import NetworkMessengers
from market.adapters.plan_builder import SandboxPlanBuilder
from market.adapters.platform_secrets import (
    IDENTITY,
    OBJECT_URLS,
    REPOSITORY_TOKENS,
    SIGN_ON,
    platform_secret,
    platform_secrets,
    rotated_secret,
)
from market.adapters.repository import FetchLimits
from market.adapters.sandbox.builds import Builds, BuildsHere, InSandbox
from market.adapters.sandbox.remote import RemoteSandbox
from market.adapters.sandbox.run import SandboxLimits
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.local import LocalStore
from market.adapters.stores.measured import CountsStore, measured
from market.adapters.stores.opening import open_store
from market.adapters.stores.signed_urls import UrlSigner
from market.airflow.components import parts_of_airflow, version_of_airflow
from market.airflow.scheduler import AirflowScheduler
from market.database.platform import PlatformDatabase, open_platform_database
from market.database.revision import NEWEST
from market.entities.limits import Limits
from market.entities.overview import Version
from market.entities.sent_program import ProgramLimits
from market.ports.installation import Installation
from market.ports.object_store import ObjectStore
from market.services.platform import Platform, Waits
from market.settings import Settings


def open_platform(settings: Settings) -> Platform:
    """The platform of these settings, over a database that `market admin migrate` has made.

    Raises:
        Refused: a setting, or a file of the home, that is not as it must be; `database-version`.
        Unavailable: the database or object store does not answer.
    """
    return platform_over(open_platform_database(settings.platform_database_url), settings)


def platform_over(
    database: PlatformDatabase, settings: Settings, counts: CountsStore | None = None
) -> Platform:
    """The platform over a database that whoever opened it closes (raises as `open_platform`).

    Args:
        counts: is told what the object store is asked.
    """
    # With a database elsewhere, this machine may see the home for the first time.
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    objects = _counted_objects(settings, counts)
    return Platform(
        people=database.people,
        appointments=database.appointments,
        catalogue=database.catalogue,
        retention=database.retention,
        uploads=database.uploads,
        consortia=database.consortia,
        drafts=database.drafts,
        jobs=database.jobs,
        ledger=database.ledger,
        receipts=database.receipts,
        openings=database.openings,
        audit=database.audit,
        objects=objects,
        plans=_plans(settings),
        evaluator=SparkEvaluator(settings),
        scheduler=AirflowScheduler(settings.airflow_url, rotated_secret(settings, SIGN_ON)),
        forms=database.forms,
        leases=database.leases,
        troubles=database.troubles,
        installation=_installation(settings, objects),
        identity=SigningKey.from_seed(platform_secret(settings, IDENTITY)),
        entropy=secrets.token_bytes,
        waits=_waits(settings),
        limits=_limits(settings),
        own_limits=database.own_limits,
        sent_programs=database.sent_programs,
        shared_results=database.shared_results,
        program_limits=_program_limits(settings),
        token_keys=partial(_token_keys, settings),
        notices=database.notices,
        inbox_marks=database.inbox_marks,
        messengers=_messengers(settings),
    )


def _counted_objects(settings: Settings, counts: CountsStore | None) -> ObjectStore:
    objects = _objects(settings)
    return objects if counts is None else measured(objects, counts)


def _messengers(settings: Settings) -> NetworkMessengers:
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password,
        settings.mail_from,
    )
    return NetworkMessengers(server, settings.private_webhooks)


def _waits(settings: Settings) -> Waits:
    return Waits(
        request_seconds=settings.request_wait_seconds,
        approval_seconds=settings.approval_wait_seconds,
        retention_seconds=settings.retention_days * 24 * 3_600 or None,
        upload_seconds=settings.upload_days * 24 * 3_600 or None,
        program_seconds=settings.program_days * 24 * 3_600,
        shared_seconds=settings.shared_result_days * 24 * 3_600,
    )


def _program_limits(settings: Settings) -> ProgramLimits:
    return ProgramLimits(settings.program_maximum_bytes, settings.organisation_program_bytes)


def _token_keys(settings: Settings) -> tuple[RecipientKey, ...]:
    found = platform_secrets(settings, REPOSITORY_TOKENS)
    return tuple(map(RecipientKey.from_private, found))


def _limits(settings: Settings) -> Limits:
    return Limits(
        jobs_under_way=settings.organisation_jobs_under_way,
        jobs_a_day=settings.organisation_jobs_a_day,
        requests_a_minute=settings.organisation_requests_a_minute,
        storage_bytes=settings.organisation_storage_bytes,
    )


def _installation(settings: Settings, objects: ObjectStore) -> Installation:
    return AskedInstallation(
        about_parts=(
            lambda: parts_of_airflow(settings.airflow_url),
            lambda: part_of_store(objects),
            lambda: part_of_relay(settings),
        ),
        about_versions=(
            lambda: version_installed("Ciphertext market", "ciphertext-market"),
            lambda: Version("Database", NEWEST["platform"]),
            lambda: version_of_airflow(settings.airflow_url),
            lambda: version_installed("Spark", "pyspark"),
            lambda: version_of_java(settings.home / "spark" / "java"),
        ),
    )


def _plans(settings: Settings) -> SandboxPlanBuilder:
    return SandboxPlanBuilder(
        FetchLimits(
            wall_seconds=settings.fetch_wall_seconds,
            maximum_bytes=settings.fetch_maximum_bytes,
            allow_file=settings.allow_file_repositories,
        ),
        _builds(settings),
    )


def _builds(settings: Settings) -> Builds:
    wall_seconds = settings.sandbox_wall_seconds
    if settings.sandbox_url:
        return RemoteSandbox(settings.sandbox_url, wall_seconds, settings.sandbox_wait_seconds)
    return BuildsHere(InSandbox(SandboxLimits(wall_seconds=wall_seconds)))


def _objects(settings: Settings) -> ObjectStore:
    if settings.store == "s3":
        return open_store(settings.store_description)
    urls = UrlSigner(f"{settings.portal_url}/objects", rotated_secret(settings, OBJECT_URLS))
    return LocalStore(settings.home / "objects", urls)
