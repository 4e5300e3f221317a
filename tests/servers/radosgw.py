"""A real S3 server for tests: one Ceph monitor, one OSD and one radosgw, all on loopback.

    apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw ceph-common

Everything lies under one temporary directory; daemons stay in the foreground as children and are
stopped by their process id. A machine without the binaries fails the tests and names that line.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from servers.certificates import make_certificate
from world.loopback import free_ports

from crypto.secret import Secret
from market.adapters.stores.credentials import Credentials

INSTALL = "apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw ceph-common"
BINARIES = (
    "ceph",
    "ceph-authtool",
    "ceph-mon",
    "ceph-osd",
    "monmaptool",
    "radosgw",
    "radosgw-admin",
    "setpriv",
)
START_SECONDS = 120

CONFIGURATION = """
[global]
fsid = {fsid}
keyring = {home}/keyring
run dir = {home}
log file = {home}/$name.log
admin socket = {home}/$name.asok
crash dir = {home}/crash
mon initial members = a
mon host = [v2:127.0.0.1:{mon_v2},v1:127.0.0.1:{mon_v1}]
public addr = 127.0.0.1
mon data = {home}/mon
osd data = {home}/osd
rgw data = {home}/rgw
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth_allow_insecure_global_id_reclaim = true
osd pool default size = 1
osd pool default min size = 1
mon allow pool size one = true
mon data avail crit = 1
# Each pool is a proposal, which would wait a second for others to come along.
paxos propose interval = 0.01
paxos min wait = 0.01
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[osd.0]
osd objectstore = bluestore
bluestore block size = 4294967296
osd memory target = 939524096
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{rgw} ssl_endpoint=127.0.0.1:{tls} \\
    ssl_certificate={home}/server.pem ssl_private_key={home}/server.pem
rgw thread pool size = 64
"""


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it listens, and who may enter."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    tls_url: str
    """By a certificate of an authority that nobody else knows, `authority`."""
    authority: Path
    region: str = "us-east-1"

    @property
    def credentials(self) -> Credentials:
        """Of the user who this is."""
        return Credentials(self.access_key_id, Secret(self.secret_access_key.encode()))

    def client(self) -> Any:
        """A plain boto3 client of this server."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            region_name=self.region,
            config=Config(s3={"addressing_style": "path"}),
        )

    def make_bucket(self, name: str) -> None:
        self.client().create_bucket(Bucket=name)

    def make_user(self, name: str) -> S3Server:
        """The server as another user sees it, who has no rights of their own."""
        access, secret = secrets.token_hex(10), secrets.token_hex(20)
        make_user(self.authority.parent, name, access, secret)
        return replace(self, access_key_id=access, secret_access_key=secret)


class Radosgw:
    """Starts the daemons of one tiny cluster, and ends those it started."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._daemons: list[subprocess.Popen[bytes]] = []
        self._lines: list[tuple[str, ...]] = []
        self._starter = ThreadPoolExecutor(1)
        ports = free_ports(4)
        self._rgw_port, self._tls_port = ports[2:]
        self._fsid = str(uuid.uuid4())
        (home / "ceph.conf").write_text(
            CONFIGURATION.format(
                home=home,
                fsid=self._fsid,
                mon_v2=ports[0],
                mon_v1=ports[1],
                rgw=ports[2],
                tls=ports[3],
            )
        )
        self._mon_addresses = f"[v2:127.0.0.1:{ports[0]},v1:127.0.0.1:{ports[1]}]"

    def start(self) -> S3Server:
        for directory in ("mon", "osd", "rgw", "crash"):
            (self._home / directory).mkdir()
        self._make_keys()
        make_certificate(self._home / "authority.pem", self._home / "server.pem")
        self._start_monitor()
        self._start_osd()
        self._daemon("radosgw", "-f", "-n", "client.rgw")
        server = self._make_user()
        self._await_http(server.endpoint_url)
        return server

    def stop(self) -> None:
        while self._daemons:
            daemon = self._daemons.pop()
            daemon.send_signal(signal.SIGKILL)
            daemon.wait(timeout=30)

    def start_again(self) -> None:
        """Every daemon that `stop` ended, over what it had written."""
        for line in self._lines:
            self._launch(line)
        self._await_http(f"http://127.0.0.1:{self._rgw_port}")

    def mend(self) -> None:
        """Start again what ended by itself, and say so: one crash fails no test but its own."""
        ended = [place for place, one in enumerate(self._daemons) if one.poll() is not None]
        for place in ended:
            line = self._lines[place]
            print(f"{line[0]} had ended with {self._daemons[place].returncode}; see {self._home}")
            self._daemons[place] = self._launched(line)
        if ended:
            self._await_http(f"http://127.0.0.1:{self._rgw_port}")

    def kill_gateway(self) -> None:
        """The S3 server alone, whatever it is doing; the cluster behind it stays."""
        daemon = self._daemons.pop()
        daemon.send_signal(signal.SIGKILL)
        daemon.wait(timeout=30)

    def start_gateway(self) -> None:
        """The one that was killed."""
        self._launch(self._lines[-1])
        self._await_http(f"http://127.0.0.1:{self._rgw_port}")

    def _make_keys(self) -> None:
        everything = ["mon", "allow *", "osd", "allow *"]
        caps = {
            "mon.": ["mon", "allow *"],
            "client.admin": [*everything, "mgr", "allow *"],
            "osd.0": everything,
            "client.rgw": [*everything, "mgr", "allow *"],
        }
        keyring = str(self._home / "keyring")
        self._run("ceph-authtool", "--create-keyring", keyring)
        for name, words in caps.items():
            pairs = zip(words[::2], words[1::2], strict=True)
            options = [word for what, grant in pairs for word in ("--cap", what, grant)]
            self._run("ceph-authtool", keyring, "--gen-key", "-n", name, *options)

    def _start_monitor(self) -> None:
        monmap = str(self._home / "monmap")
        addresses = self._mon_addresses
        self._run(
            *("monmaptool", "--create", "--addv", "a", addresses, "--fsid", self._fsid, monmap)
        )
        keyring = str(self._home / "keyring")
        self._ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self._daemon("ceph-mon", "-f", "-i", "a")

    def _start_osd(self) -> None:
        identity = str(uuid.uuid4())
        self._ceph("ceph", "osd", "new", identity)
        self._ceph("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", identity)
        self._daemon("ceph-osd", "-f", "-i", "0")
        self._ceph("ceph", "osd", "crush", "add", "osd.0", "1", "root=default", "host=localhost")

    def _make_user(self) -> S3Server:
        access, secret = secrets.token_hex(10), secrets.token_hex(20)
        make_user(self._home, "tests", access, secret)
        return S3Server(
            f"http://127.0.0.1:{self._rgw_port}",
            access,
            secret,
            tls_url=f"https://127.0.0.1:{self._tls_port}",
            authority=self._home / "authority.pem",
        )

    def _await_http(self, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own loopback
            except urllib.error.URLError:
                time.sleep(0.2)
            else:
                return
        raise TimeoutError(f"radosgw does not answer at {url}: see {self._home}/client.rgw.log")

    def _ceph(self, command: str, *arguments: str) -> None:
        self._run(command, "-c", str(self._home / "ceph.conf"), *arguments)

    def _run(self, *command: str) -> None:
        run(*command)

    def _daemon(self, command: str, *arguments: str) -> None:
        self._lines.append((command, "-c", str(self._home / "ceph.conf"), *arguments))
        self._launch(self._lines[-1])

    def _launch(self, line: tuple[str, ...]) -> None:
        self._daemons.append(self._launched(line))

    def _launched(self, line: tuple[str, ...]) -> subprocess.Popen[bytes]:
        # A daemon outlives no test run, however that ends; nor the thread that starts it.
        with_us = ("setpriv", "--pdeathsig", "KILL")
        with (self._home / f"{line[0]}.out").open("ab") as out:
            started = self._starter.submit(
                subprocess.Popen, [*with_us, *line], stdout=out, stderr=out
            )
            return started.result()


def run(*command: str) -> None:
    """Run a tool to its end.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, timeout=START_SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")


def make_user(home: Path, name: str, access: str, secret: str) -> None:
    """A user of the gateway whose cluster lies in `home`."""
    run(
        *("radosgw-admin", "-c", str(home / "ceph.conf"), "-n", "client.rgw", "user", "create"),
        *(f"--uid={name}", f"--display-name={name}"),
        *(f"--access-key={access}", f"--secret-key={secret}"),
    )


_running: list[Radosgw] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Every test finds the cluster of its session whole."""
    for cluster in _running:
        cluster.mend()


@pytest.fixture(scope="session")
def s3_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Radosgw, S3Server]]:
    """One cluster for the session; fails where it is not installed."""
    if missing := [name for name in BINARIES if shutil.which(name) is None]:
        pytest.fail(f"{', '.join(missing)} not found: {INSTALL}")
    home = tmp_path_factory.mktemp("radosgw")
    cluster = Radosgw(home)
    try:
        server = cluster.start()
        _running.append(cluster)
        yield cluster, server
    finally:
        _running.clear()
        cluster.stop()
        # A sparse file of gigabytes: pytest keeps the last three sessions' directories.
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def s3_server(s3_cluster: tuple[Radosgw, S3Server]) -> S3Server:
    """Its S3 server, which whoever stops it starts again."""
    return s3_cluster[1]
