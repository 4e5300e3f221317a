"""The platform's settings: one frozen object from `MARKET_HOME/market.toml` and the environment.

Every field may stand in the file under its own name, or in the environment as MARKET_<NAME>, which
wins; MARKET_<NAME>_FILE names a file that holds the value, as a cluster mounts a secret. An unknown
key fails in all three. The platform's own secrets are no settings but files, in MARKET_HOME/secrets
or where `secrets` says (market.adapters.platform_secrets); S3 credentials come from the environment
only.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from market.given_settings import from_environment, from_file, invalid

_DIGITS = re.compile(r"[0-9]{1,18}")
_PLAIN_URL = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Settings:
    """Names carry their units; defaults are the laptop's.

    Attributes:
        home: everything the platform keeps, unless database and store live elsewhere.
        secrets: the directory of the platform's own secrets, where somebody else makes them; empty
            for those that are made under home.
        portal_host: the address that the portal listens at.
        portal_port: the portal's port.
        portal_trusted_proxies: how many proxies stand in front of the portal, each of which adds
            to X-Forwarded-For who connected to it; guessers of passwords are told apart by it.
        public_url: how browsers reach the portal; empty for host and port.
        portal_internal_url: how the platform's programs reach the portal; empty for host and port.
        database_url: an SQLAlchemy URL, postgresql+psycopg:// in service; empty for SQLite under
            home.
        store: "local" keeps objects under home; "s3" takes the s3_ settings.
        s3_endpoint_url: the S3 server's address; empty for the region's own.
        s3_bucket: the bucket, made by the operator.
        s3_region: the region that addresses are signed for.
        currency: the ISO 4217 code that prices, which are integer cents, are shown in.
        airflow_host: the address that Airflow's api-server listens at; empty for the portal's.
        airflow_port: the port of Airflow's api-server.
        airflow_public_url: how browsers reach Airflow; empty for host and port.
        airflow_internal_url: how the platform's programs reach Airflow; empty for host and port.
        airflow_database_url: an SQLAlchemy URL, of another database than the platform's; empty for
            SQLite under home.
        airflow_executor: "LocalExecutor" runs steps beside the scheduler; "KubernetesExecutor" in
            pods of their own.
        airflow_pod_template: the file with the template of those pods.
        airflow_namespace: the namespace that they are made in; empty for the scheduler's own.
        airflow_parallelism: how many steps of jobs run at once.
        airflow_log_port: where the scheduler serves the logs of steps to an api-server on another
            machine; 0 where both see one disk.
        airflow_health_port: where the scheduler answers whether it lives; 0 for nowhere.
        airflow_log_days: how long the logs of steps and of the DAG processor are kept.
        airflow_log_bytes: how much of them is kept at most, of each process that has a disk of its
            own; the oldest go first.
        allow_file_repositories: also fetch file: URLs; for tests and the demo, never in service.
        spark_master: a Spark master URL.
        spark_maximum_bytes: how much memory resident Spark may hold before another takes its place.
        spark_image: the image of drivers and executors on Kubernetes, NAME@sha256:DIGEST.
        spark_namespace: the namespace of their pods.
        spark_service_account: the drivers' account in it, which makes executors.
        spark_driver_template: the file with the template of a driver's pod.
        spark_executor_template: the file with the template of an executor's.
        spark_executors: how many executors a job has on Kubernetes.
        spark_executor_cores: how many cores each has.
        spark_executor_mebibytes: how much memory each has, Java's included.
        spark_driver_mebibytes: how much memory a driver has there.
        housekeeping_seconds: pause between two rounds of ending waits and mending crashes.
        request_wait_seconds: how long a priced job waits for the buyer's signature.
        approval_wait_seconds: how long a signed job waits for the owner's approval.
        organisation_jobs_under_way: how many jobs an organisation may have at once that have not
            ended; this and the next three are everybody's, and an administrator can set others for
            one organisation.
        organisation_jobs_a_day: how many jobs it may submit within 24 hours.
        organisation_requests_a_minute: how many requests of its people and programs each portal
            answers.
        organisation_storage_bytes: how much ciphertext its owners may have stored, all versions
            together, published or on their way.
        retention_days: how long the ciphertext of a version is kept that was superseded or
            withdrawn and that no job under way is about; 0 for ever.
        upload_days: how long chunks of a version are kept that was never published; 0 for ever.
        program_maximum_bytes: how large a program may be that a buyer sends; at most 50 MB.
        organisation_program_bytes: how much of such an organisation may have kept.
        program_days: how long one is kept since it was last sent, or named by a job.
        shared_result_days: how long a result that was shared with a colleague is kept for them.
        sandbox_wall_seconds: how long one build of a plan may take.
        fetch_wall_seconds: how long fetching a commit may take.
        fetch_maximum_bytes: how large a fetched repository may be.
        evaluate_wall_seconds: how long one evaluation in Spark may take.
        sandbox_url: where one-shot sandboxes take programs; empty for bubblewrap on this machine.
        sandbox_host: the address that a one-shot sandbox listens at.
        sandbox_port: its port.
        sandbox_wait_seconds: how long a step waits for a one-shot sandbox that is free.
        relay_public_url: how members reach a relay of its own; empty for the portal's.
        relay_internal_url: how the platform's programs reach that one; empty for host and port.
        relay_host: the address that a relay of its own listens at.
        relay_port: its port.
        relay_idle_seconds: how long nothing may move between two members who are relayed.
        relay_grace_seconds: told to stop, how long a relay of its own waits for its links to end.
        relay_maximum_bytes: how much two members may send each other through it in one session.
        metrics_host: the address that metrics are served at.
        metrics_port: their port, never the portal's own; 0 for none.
        relay_metrics_port: that of a relay of its own, at the same address; 0 for none.
        smtp_host: the mail server that tells people of what waits for them; empty for none.
        smtp_port: its port.
        smtp_security: "starttls", "tls" from the first byte, or "none" inside one's own network.
        smtp_user: whom it knows the platform as; empty where it asks for nobody.
        smtp_password: what it knows them by; best in a file that MARKET_SMTP_PASSWORD_FILE names.
        mail_from: the address that mail comes from.
        private_webhooks: also post notices to hosts that are not on the internet, and by plain
            http; where all users are the operator's own people.
    """

    home: Path
    secrets: str = ""
    portal_host: str = "127.0.0.1"
    portal_port: int = 8420
    portal_trusted_proxies: int = 0
    public_url: str = ""
    portal_internal_url: str = ""
    database_url: str = ""
    store: Literal["local", "s3"] = "local"
    s3_endpoint_url: str = ""
    s3_bucket: str = ""
    s3_region: str = "us-east-1"
    currency: str = "EUR"
    airflow_host: str = ""
    airflow_port: int = 8421
    airflow_public_url: str = ""
    airflow_internal_url: str = ""
    airflow_database_url: str = ""
    airflow_executor: Literal["LocalExecutor", "KubernetesExecutor"] = "LocalExecutor"
    airflow_pod_template: str = ""
    airflow_namespace: str = ""
    airflow_parallelism: int = 2
    airflow_log_port: int = 0
    airflow_health_port: int = 0
    airflow_log_days: int = 30
    airflow_log_bytes: int = 300_000_000
    allow_file_repositories: bool = False
    spark_master: str = "local[2]"
    spark_maximum_bytes: int = 3_000_000_000
    spark_image: str = ""
    spark_namespace: str = ""
    spark_service_account: str = ""
    spark_driver_template: str = ""
    spark_executor_template: str = ""
    spark_executors: int = 2
    spark_executor_cores: int = 1
    spark_executor_mebibytes: int = 2_048
    spark_driver_mebibytes: int = 1_024
    housekeeping_seconds: int = 1
    request_wait_seconds: int = 24 * 3_600
    approval_wait_seconds: int = 7 * 24 * 3_600
    organisation_jobs_under_way: int = 50
    organisation_jobs_a_day: int = 500
    organisation_requests_a_minute: int = 6_000
    organisation_storage_bytes: int = 1_000_000_000_000
    retention_days: int = 90
    upload_days: int = 30
    program_maximum_bytes: int = 20_000_000
    organisation_program_bytes: int = 1_000_000_000
    program_days: int = 7
    shared_result_days: int = 90
    sandbox_wall_seconds: int = 20
    fetch_wall_seconds: int = 60
    fetch_maximum_bytes: int = 50_000_000
    evaluate_wall_seconds: int = 3_600
    sandbox_url: str = ""
    sandbox_host: str = "127.0.0.1"
    sandbox_port: int = 8423
    sandbox_wait_seconds: int = 600
    relay_public_url: str = ""
    relay_internal_url: str = ""
    relay_host: str = "127.0.0.1"
    relay_port: int = 8422
    relay_idle_seconds: int = 120
    relay_grace_seconds: int = 25
    relay_maximum_bytes: int = 16_000_000_000
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0
    relay_metrics_port: int = 0
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: str = ""
    mail_from: str = ""
    private_webhooks: bool = False

    @property
    def portal_url(self) -> str:
        return self.public_url or _http(self.portal_host, self.portal_port)

    @property
    def portal_api_url(self) -> str:
        return self.portal_internal_url or _http(self.portal_host, self.portal_port)

    @property
    def relay_url(self) -> str:
        return self.relay_public_url or self.portal_url

    @property
    def relay_api_url(self) -> str:
        return self.relay_internal_url or _http(self.relay_host, self.relay_port)

    @property
    def airflow_listens_at(self) -> str:
        return self.airflow_host or self.portal_host

    @property
    def airflow_url(self) -> str:
        return self.airflow_internal_url or _http(self.airflow_listens_at, self.airflow_port)

    @property
    def airflow_browser_url(self) -> str:
        return self.airflow_public_url or _http(self.airflow_listens_at, self.airflow_port)

    @property
    def platform_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.home.resolve() / 'portal.db'}"

    @property
    def store_description(self) -> dict[str, str]:
        """The object store without its credentials (market.adapters.stores.opening)."""
        if self.store == "local":
            return {"kind": "local", "path": str(self.home.resolve() / "objects")}
        return {
            "kind": "s3",
            "endpoint_url": self.s3_endpoint_url,
            "bucket": self.s3_bucket,
            "region": self.s3_region,
        }


_KEYS: Final = {
    field.name: field.default for field in dataclasses.fields(Settings) if field.name != "home"
}
_CHOICES: Final = {
    "store": ("local", "s3"),
    "airflow_executor": ("LocalExecutor", "KubernetesExecutor"),
    "smtp_security": ("starttls", "tls", "none"),
}

_PLAIN_URLS: Final = ("relay_public_url", "sandbox_url")


def load(home: Path, environment: Mapping[str, str]) -> Settings:
    """Read the settings of a platform home.

    Raises:
        Refused: `settings-invalid` for a file that is not TOML, an unknown key, a value of another
            type, or one that is given twice or cannot be read from the file named for it; the key
            and what was expected are named.
    """
    values = from_file(home / "market.toml")
    values.update(from_environment(environment, _KEYS))
    for key in values:
        if key not in _KEYS:
            near = difflib.get_close_matches(key.lower(), _KEYS)
            guess = (
                f"; did you mean {' or '.join(near)}?" if near else "; SETTINGS.md lists them all"
            )
            raise invalid(f"{key} is not a setting{guess}")
    return Settings(home=home, **{key: _typed(key, value) for key, value in values.items()})


def _typed(key: str, value: Any) -> Any:
    default = _KEYS[key]
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise invalid(f"{key} is {value!r}, expected true or false")
    if isinstance(default, int):
        if type(value) is int:
            return value
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            return int(value)
        raise invalid(f"{key} is {value!r}, expected an integer")
    if not isinstance(value, str):
        raise invalid(f"{key} is {value!r}, expected a string")
    if key in _PLAIN_URLS and value and not _PLAIN_URL.fullmatch(value):
        raise invalid(f"{key} is {value!r}, expected http:// or https://, a host, maybe a port")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise invalid(f"{key} is {value!r}, expected {' or '.join(_CHOICES[key])}")
    return value


def _http(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
