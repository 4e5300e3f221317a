"""The platform's settings: one frozen object from `MARKET_HOME/market.toml` and the environment.

Every field may stand in the file under its own name, or in the environment as MARKET_<NAME>, which
wins. An unknown key fails in both. Secrets are not settings: they are files in MARKET_HOME/secrets,
made at first start, mode 0600; S3 credentials come from the environment only.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from market.errors import Refused

_PREFIX = "MARKET_"
_DIGITS = re.compile(r"[0-9]{1,18}")
# Where homes and secrets are found: not settings of the platform, though they share the prefix.
NOT_SETTINGS = frozenset(
    {
        "MARKET_HOME",
        "MARKET_CLIENT_HOME",
        "MARKET_AGENT_HOME",
        "MARKET_PASSPHRASE_FILE",
        "MARKET_AGENT_PASSPHRASE_FILE",
        "MARKET_S3_ACCESS_KEY_ID",
        "MARKET_S3_SECRET_ACCESS_KEY",
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Names carry their units; defaults are the laptop's.

    Attributes:
        home: everything the platform keeps, unless database and store live elsewhere.
        portal_host: the address portal and Airflow listen at.
        portal_port: the portal's port.
        public_url: how browsers reach the portal; empty for host and port.
        database_url: an SQLAlchemy URL, postgresql+psycopg:// in service; empty for SQLite under
            home.
        store: "local" keeps objects under home; "s3" takes the s3_ settings.
        s3_endpoint_url: the S3 server's address; empty for the region's own.
        s3_bucket: the bucket, made by the operator.
        s3_region: the region that addresses are signed for.
        currency: the ISO 4217 code that prices, which are integer cents, are shown in.
        airflow_port: the port of Airflow's api-server.
        airflow_public_url: how browsers reach Airflow; empty for host and port.
        airflow_parallelism: how many steps of jobs run at once.
        allow_file_repositories: also fetch file: URLs; for tests and the demo, never in service.
        spark_master: a Spark master URL.
        spark_maximum_bytes: how much memory the resident Spark application may come to hold before
            another takes its place.
        housekeeping_seconds: pause between two rounds of ending waits and mending crashes.
        request_wait_seconds: how long a priced job waits for the buyer's signature.
        approval_wait_seconds: how long a signed job waits for the owner's approval.
        sandbox_wall_seconds: how long one build of a plan may take.
        fetch_wall_seconds: how long fetching a commit may take.
        fetch_maximum_bytes: how large a fetched repository may be.
        evaluate_wall_seconds: how long one evaluation in Spark may take.
        relay_idle_seconds: how long nothing may move between two members whom the portal relays.
        relay_maximum_bytes: how much two members may send each other through it in one session.
    """

    home: Path
    portal_host: str = "127.0.0.1"
    portal_port: int = 8420
    public_url: str = ""
    database_url: str = ""
    store: Literal["local", "s3"] = "local"
    s3_endpoint_url: str = ""
    s3_bucket: str = ""
    s3_region: str = "us-east-1"
    currency: str = "EUR"
    airflow_port: int = 8421
    airflow_public_url: str = ""
    airflow_parallelism: int = 2
    allow_file_repositories: bool = False
    spark_master: str = "local[2]"
    spark_maximum_bytes: int = 3_000_000_000
    housekeeping_seconds: int = 1
    request_wait_seconds: int = 24 * 3_600
    approval_wait_seconds: int = 7 * 24 * 3_600
    sandbox_wall_seconds: int = 20
    fetch_wall_seconds: int = 60
    fetch_maximum_bytes: int = 50_000_000
    evaluate_wall_seconds: int = 3_600
    relay_idle_seconds: int = 120
    relay_maximum_bytes: int = 16_000_000_000

    @property
    def portal_url(self) -> str:
        return self.public_url or f"http://{self.portal_host}:{self.portal_port}"

    @property
    def airflow_url(self) -> str:
        return f"http://{self.portal_host}:{self.airflow_port}"

    @property
    def airflow_browser_url(self) -> str:
        return self.airflow_public_url or self.airflow_url

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

    @property
    def forms_path(self) -> Path:
        return self.home / "forms.json"


def load(home: Path, environment: Mapping[str, str]) -> Settings:
    """Read the settings of a platform home.

    Raises:
        Refused: `settings-invalid` for a file that is not TOML, an unknown key, or a value of
            another type; the key and what was expected are named.
    """
    values = _from_file(home / "market.toml")
    values.update(_from_environment(environment))
    fields = {field.name: field for field in dataclasses.fields(Settings)}
    for key in values:
        if key not in fields or key == "home":
            raise _invalid(f"{key} is not a setting; known are {', '.join(sorted(fields))}")
    return Settings(home=home, **{key: _typed(key, value) for key, value in values.items()})


def _from_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _invalid(f"{path} is not TOML: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        key.removeprefix(_PREFIX).lower(): value
        for key, value in environment.items()
        if key.startswith(_PREFIX) and key not in NOT_SETTINGS
    }


def _typed(key: str, value: Any) -> Any:
    default = next(field.default for field in dataclasses.fields(Settings) if field.name == key)
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        raise _invalid(f"{key} is {value!r}, expected true or false")
    if isinstance(default, int):
        if type(value) is int:
            return value
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            return int(value)
        raise _invalid(f"{key} is {value!r}, expected an integer")
    if not isinstance(value, str):
        raise _invalid(f"{key} is {value!r}, expected a string")
    if key == "store" and value not in ("local", "s3"):
        raise _invalid(f"store is {value!r}, expected local or s3")
    return value


def _invalid(message: str) -> Refused:
    return Refused("settings-invalid", f"{message}.", "Correct market.toml or the environment.")
