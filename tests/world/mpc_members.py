"""Members of one session on loopback: real workers as processes, and one that may say anything."""

from __future__ import annotations

import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, Self

from crypto.canonical import Json
from crypto.mpc import specification
from crypto.mpc.certificates import (
    SessionIdentity,
    certificate_der,
    make_identity,
    pinned_context,
)
from crypto.mpc.codec import (
    HEADER_BYTES,
    HELLO_BYTES,
    Header,
    Hello,
    Kind,
    pack_header,
    pack_hello,
    unpack_header,
)
from crypto.mpc.pipes import pack_block
from crypto.mpc.specification import Address, Deadlines, Peer, ProgramCall, Session
from crypto.secret import Secret
from world.loopback import free_ports

ROOT = Path(__file__).parent.parent.parent
PROBE_WORKER = ("-P", str(Path(__file__).parent / "probe_worker.py"))
PRODUCT_WORKER = ("-P", "-m", "crypto.mpc.worker")
"""What it takes to start Python as a worker: of the probe program, and of the product's."""
PATIENT = Deadlines(connect_seconds=60, idle_seconds=60, total_seconds=120)
"""Of a session in which nobody is to be waited for in vain."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The identities and addresses of one session's members."""

    seal: str
    identities: tuple[SessionIdentity, ...]
    peers: tuple[Peer, ...]

    @classmethod
    def of(cls, members: int = 3, *, without_address: tuple[int, ...] = ()) -> Cast:
        identities = tuple(
            make_identity(datetime.now(UTC), secrets.token_bytes) for _ in range(members)
        )
        peers = tuple(
            Peer(
                point,
                identities[point - 1].certificate,
                "" if point in without_address else f"127.0.0.1:{port}",
            )
            for point, port in enumerate(free_ports(members), start=1)
        )
        return cls(secrets.token_hex(32), identities, peers)

    def session(self, point: int, **changes: Any) -> Session:
        """The session as that member's worker is told it."""
        told: dict[str, Any] = {
            "seal": self.seal,
            "point": point,
            "threshold": (len(self.peers) - 1) // 2,
            "is_verified": False,
            "key": self.identities[point - 1].key,
            "peers": self.peers,
            "listen": self.peers[point - 1].address,
            "relay": "",
            "relay_bearer": Secret(b""),
            "deadlines": PATIENT,
            "blocks": 0,
            "program": probe(rounds=3),
        }
        return Session(**told | changes)


def probe(**arguments: Json) -> ProgramCall:
    """The program of world.probe_worker."""
    return ProgramCall("probe", {"bytes": 8} | arguments)


class Worker:
    """A worker process and what it has said."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []

    def say(self, data: bytes) -> None:
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def go(self) -> None:
        self.say(b"go\n")

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def next_event(self) -> dict[str, Any]:
        """The next line; empty once the worker is gone."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            return {}
        self.events.append(json.loads(line))
        return self.events[-1]

    def until(self, event: str) -> dict[str, Any]:
        while told := self.next_event():
            if told["event"] == event:
                return told
        raise AssertionError(f"ended without {event}: {self.events}")

    def until_met(self) -> dict[str, Any]:
        """The event that says whether all members met: connected, or aborted."""
        while (told := self.next_event()).get("event") not in ("connected", "aborted"):
            assert told, self.events
        return told

    def end(self) -> dict[str, Any]:
        """The last event; the exit code agrees with it."""
        while self.next_event():
            pass
        code = self.process.wait()
        last = self.events[-1]
        assert code == {"done": 0, "aborted": 3}.get(last["event"]), self.events
        return last


@contextmanager
def worker(
    session: Session | bytes, *blocks: bytes, start: tuple[str, ...] = PROBE_WORKER
) -> Iterator[Worker]:
    """A worker of that session, ended with the block."""
    line = session if isinstance(session, bytes) else specification.dumps(session)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV_")}
    process = subprocess.Popen(
        [sys.executable, *start],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | {"PYTHONPATH": str(ROOT)},
    )
    try:
        running = Worker(process)
        running.say(line + b"\n" + b"".join(map(pack_block, blocks)))
        yield running
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        process.wait()


class Intruder:
    """A member that says what it likes: it dials others' listeners and holds TLS with them."""

    def __init__(self, cast: Cast, point: int, identity: SessionIdentity | None = None) -> None:
        self.cast, self.point = cast, point
        self.identity = identity or cast.identities[point - 1]
        self._held = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def dial(self, to: int) -> ssl.SSLSocket:
        """A TLS connection to that member, once it listens."""
        peer = self.cast.peers[to - 1]
        context = pinned_context(
            self.identity,
            [certificate_der(peer.certificate)],
            is_server=False,
            entropy=secrets.token_bytes,
        )
        plain = self._held.enter_context(reach(peer.address))
        return self._held.enter_context(context.wrap_socket(plain))

    def join(self, to: int, *, keys: bytes | None = None) -> ssl.SSLSocket:
        """A connection with that member over which hello and keys have been said."""
        connection = self.dial(to)
        self.greet(connection, to, keys=keys)
        return connection

    def greet(
        self, connection: ssl.SSLSocket, to: int, *, keys: bytes | None = None, **changes: Any
    ) -> None:
        """Say hello and deal keys, and take the other's hello."""
        hello = replace(Hello(bytes.fromhex(self.cast.seal), self.point), **changes)
        dealt = self.keys(to) if keys is None else keys
        connection.sendall(pack_hello(hello) + frame(Kind.KEYS, 0, dealt))
        assert len(exactly(connection, HELLO_BYTES)) == HELLO_BYTES

    def keys(self, to: int) -> bytes:
        """PRSS keys for every set that this member deals for and the other is in."""
        members = len(self.cast.peers)
        size = members - (members - 1) // 2
        sets = combinations(range(members), size)
        dealt = [held for held in sets if held[0] == self.point - 1 and to - 1 in held]
        return b"".join(bytes(held).ljust(16, b"\xff") for held in dealt)


def reach(address: str) -> socket.socket:
    """A plain connection to that address, once somebody listens there."""
    where = Address.parse(address)
    for _ in range(600):
        with suppress(ConnectionRefusedError):
            return socket.create_connection((where.host, where.port), timeout=60)
        time.sleep(0.1)
    raise AssertionError(f"nobody listens at {address}")


def frame(kind: Kind, number: int, payload: bytes = b"") -> bytes:
    return pack_header(Header(kind, len(payload), number)) + payload


def next_frame(connection: socket.socket) -> tuple[Header, bytes] | None:
    """The next frame that a member sent, or none once it has closed."""
    try:
        began = exactly(connection, HEADER_BYTES)
        if len(began) < HEADER_BYTES:
            return None
        header = unpack_header(began)
        return header, exactly(connection, header.length_bytes)
    except OSError:
        return None


def exactly(connection: socket.socket, length_bytes: int) -> bytes:
    data = b""
    while len(data) < length_bytes and (more := connection.recv(length_bytes - len(data))):
        data += more
    return data


def blame(event: Mapping[str, Any]) -> tuple[str, int, str]:
    """Stage, party and code of an aborted session."""
    assert event["event"] == "aborted", event
    return event["stage"], event["party"], event["code"]
