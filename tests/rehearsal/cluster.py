"""The whole platform as the chart describes it, on this machine: servers, pods, addresses.

What the chart leaves to a cluster is given here: Postgres and an S3 server by secret, Spark by its
address, a name for every Service, and a proxy where a Service has several pods or the public asks.
"""

from __future__ import annotations

import itertools
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from helm_python import Chart
from servers.radosgw import Radosgw
from world.waiting import eventually

from market.adapters.platform_secrets import NAMES, make_secrets, secrets_directory
from market.demo.roles import ROOT, Role, hand_over
from market.settings import Settings
from rehearsal.container import Place, command_of, prepare_image
from rehearsal.manifests import Container, Manifests, Pod, Service
from rehearsal.servers import (
    PostgresServer,
    Route,
    quiet_ports,
    start_postgres,
    start_proxy,
    start_spark,
)
from rehearsal.store import BUCKET, PORTAL, READ, Store, start_store
from rehearsal.supervisor import Supervised, Supervisor

RELEASE: Final = "rehearsal"
CHART: Final = ROOT / "helm" / "market"
VALUES: Final = Path(__file__).with_name("values.yaml")
SPARK_WORKERS: Final = 2
_SETUP_SECONDS = 600
_LEFT_OUT = ("spark",)
"""A container that keeps a local Spark: here Spark has workers of its own."""
_HOST_VARIABLES = (
    "MARKET_PORTAL_HOST",
    "MARKET_AIRFLOW_HOST",
    "MARKET_RELAY_HOST",
    "MARKET_SANDBOX_HOST",
    "MARKET_METRICS_HOST",
)
"""Where a process listens: every address of its pod; here the one that stands for its pod."""


@dataclass
class Cluster:
    """A platform on this machine, made of the chart's pods (market.demo.hosting.Hosting).

    Attributes:
        folder: everything it writes.
        supervisor: keeps the processes running; their names are in it.
        database_url: of the platform's database, once it is prepared.
    """

    folder: Path
    supervisor: Supervisor = field(default_factory=Supervisor)
    _ports: list[int] = field(default_factory=lambda: quiet_ports(3))
    database_url: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self._store: Store | None = None
        self._places: dict[str, str] = {}
        self._pods: list[Pod] = []
        self._hosts: dict[str, str] = {}
        # Buyers' repositories lie beside the rehearsal; the chart allows no such setting.
        self._variables = {"MARKET_ALLOW_FILE_REPOSITORIES": "true"}

    @property
    def portal_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def airflow_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[1]}"

    @property
    def relay_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[2]}"

    @property
    def pods(self) -> list[str]:
        """Names of the chart's processes in the supervisor."""
        return [name for pod in self._pods if not pod.is_hook for name in _names(pod)]

    def prepare(self, platform: Role) -> None:
        """Servers, secrets, the operator's settings; then the chart's migrations."""
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.supervisor.begin()
        database = start_postgres(
            self.supervisor, self.folder, secrets.token_hex(16), ("platform", "airflow")
        )
        self.database_url = database.url("platform")
        self._store = store = start_store(self.folder)
        self._variables["MARKET_SPARK_MASTER"] = start_spark(
            self.supervisor, self.folder, store.variables(READ), workers=SPARK_WORKERS
        )
        self._tell_operator(platform, database, store)
        manifests = Manifests(self._rendered(store), self._secrets(platform, database, store))
        self._pods = manifests.pods()
        self._give_addresses(manifests.services())
        image = prepare_image(self.folder)
        for pod in self._pods:
            if pod.is_hook:
                self._run_hook(pod, image)

    def start(self, platform: Role) -> None:
        """Every pod, until all are ready."""
        del platform
        image = self.folder / "image"
        for pod in self._pods:
            for container in () if pod.is_hook else pod.containers:
                if container.name in _LEFT_OUT:
                    continue
                name = _name(pod, container)
                self.supervisor.keep(
                    Supervised(
                        name,
                        lambda pod=pod, container=container: self._command(pod, container, image),
                        self.folder / f"{name}.log",
                        is_wrapped=True,
                    )
                )
        for pod in self._pods:
            if not pod.is_hook:
                self._wait_for(pod)

    def stop(self, platform: Role) -> None:
        """Everything that was started, the servers last."""
        del platform
        self.supervisor.end()
        if self._store is not None:
            self._store.daemons.stop()

    def address_of(self, pod: str) -> str:
        """Where the processes of a pod listen."""
        return self._places[pod]

    def disk_of(self, pod: str, mount: str) -> Path:
        """The folder of this machine that a pod has at a mount it may write in."""
        return self.folder / "pods" / pod / "mounts" / mount.strip("/").replace("/", "-")

    @property
    def store(self) -> Radosgw:
        """The S3 server's daemons."""
        assert self._store is not None
        return self._store.daemons

    def _tell_operator(self, platform: Role, database: PostgresServer, store: Store) -> None:
        """What a person needs who runs commands beside the pods."""
        settings = platform.home / "market.toml"
        lines = {
            "public_url": self.portal_url,
            "airflow_public_url": self.airflow_url,
            "airflow_internal_url": self.airflow_url,
            "database_url": database.url("platform"),
            "store": "s3",
            "s3_endpoint_url": store.endpoint_url,
            "s3_bucket": BUCKET,
        }
        settings.write_text("".join(f'{name} = "{value}"\n' for name, value in lines.items()))
        hand_over(platform, settings)
        platform.environment.update(store.variables(PORTAL))
        make_secrets(Settings(home=platform.home))
        if platform.uid is not None:
            directory = secrets_directory(Settings(home=platform.home))
            for path in (directory, *directory.iterdir()):
                os.chown(path, platform.uid, platform.uid)

    def _secrets(
        self, platform: Role, database: PostgresServer, store: Store
    ) -> dict[str, dict[str, bytes]]:
        """The Secrets that the chart wants to find."""
        directory = secrets_directory(Settings(home=platform.home))
        return {
            "platform": {name: (directory / name).read_bytes() for name in NAMES},
            "database": {
                "platform-url": database.url("platform").encode(),
                "airflow-url": database.url("airflow").encode(),
            },
            **store.secrets(),
        }

    def _rendered(self, store: Store) -> str:
        values: dict[str, Any] = yaml.safe_load(VALUES.read_text("utf-8"))
        values["portal"]["url"] = self.portal_url
        values["airflow"]["url"] = self.airflow_url
        values["relay"]["url"] = self.relay_url
        values["store"] |= {"endpointUrl": store.endpoint_url, "bucket": BUCKET}
        with Chart.load(CHART) as chart:
            files = chart.render(values=values, name=RELEASE, namespace="market")
        return "\n---\n".join(text for name, text in files.items() if name.endswith(".yaml"))

    def _give_addresses(self, services: list[Service]) -> None:
        """A loopback address for each pod, and for each Service the pod's, or the proxy's."""
        numbers = itertools.count(1)
        running = [pod for pod in self._pods if not pod.is_hook]
        self._places = {pod.name: f"127.0.1.{next(numbers)}" for pod in running}
        routes = []
        for service in services:
            behind = [self._places[pod.name] for pod in running if service.selects(pod)]
            if len(behind) == 1 and all(port == target for port, target in service.ports):
                self._hosts[service.name] = behind[0]
                continue
            self._hosts[service.name] = f"127.0.1.{next(numbers)}"
            for port, target in service.ports:
                upstream = tuple(f"{address}:{target}" for address in behind)
                routes.append(Route(f"{self._hosts[service.name]}:{port}", upstream))
        for place, (name, port) in enumerate(_PUBLIC.items()):
            behind_it = f"{self._hosts[f'{RELEASE}-{name}']}:{port}"
            routes.append(Route(f"127.0.0.1:{self._ports[place]}", (behind_it,)))
        start_proxy(self.supervisor, self.folder, routes)

    def _command(self, pod: Pod, container: Container, image: Path) -> list[str]:
        here = self._places.get(pod.name, "127.0.0.1")
        more = {name: here for name in _HOST_VARIABLES if name in container.environment}
        if "MARKET_SPARK_MASTER" in container.environment:
            more |= self._variables
        # Buyers' repositories, as a git server would have them.
        shown, hidden = self.folder.parent, self.folder
        hosts = {pod.name: here, **self._hosts}
        place = Place(pod.name, self.folder / "pods" / pod.name, hosts, shown, hidden)
        return command_of(container, place, image, more)

    def _run_hook(self, pod: Pod, image: Path) -> None:
        for container in (*pod.setup, *pod.containers):
            log = self.folder / f"{_name(pod, container)}.log"
            with log.open("ab") as output:
                subprocess.run(
                    self._command(pod, container, image),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=_SETUP_SECONDS,
                    check=True,
                )

    def _wait_for(self, pod: Pod) -> None:
        for container in pod.containers:
            if container.ready is not None and container.name not in _LEFT_OUT:
                eventually(lambda container=container: self._is_ready(pod, container))

    def _is_ready(self, pod: Pod, container: Container) -> bool:
        probe = container.ready
        assert probe is not None
        if probe.command:
            return True
        for address in (self._places[pod.name], "127.0.0.1"):
            try:
                url = f"http://{address}:{probe.port}{probe.path}"
                if httpx.get(url, timeout=5, trust_env=False).is_success:
                    return True
            except httpx.HTTPError:
                continue
        return False


_PUBLIC: Final[Mapping[str, int]] = {"portal": 8420, "airflow-api-server": 8421, "relay": 8422}
"""What an Ingress leads to, in the order of the public ports."""


def _name(pod: Pod, container: Container) -> str:
    short = pod.name.removeprefix(f"{RELEASE}-")
    is_its_name = len(pod.containers) == 1 or container.name in short
    return short if is_its_name else f"{short}-{container.name}"


def _names(pod: Pod) -> Iterator[str]:
    yield from (_name(pod, one) for one in pod.containers if one.name not in _LEFT_OUT)
