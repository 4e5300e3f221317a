"""One session in one process, from its line on stdin to its exit code.

Rules: refusals come before any connection; the agent is asked (`connected`, then `go`) before a
share can leave, and the first leaves when every member's agent has said so; whatever ends the
session ends it for all members, with a stage, a member where it can be known, and a reason. Peers
are told nothing of this member's own failures but that it stopped.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from crypto.errors import CryptoError
from crypto.mpc import specification
from crypto.mpc.aborts import NOBODY, Abort, SessionAborted
from crypto.mpc.certificates import certificate_der
from crypto.mpc.connections import Connections
from crypto.mpc.liveness import watch_for_lateness, watch_for_silence
from crypto.mpc.party import Place
from crypto.mpc.pipes import Events, on_go, read_blocks, read_line
from crypto.mpc.program import Computation, MakeProgram, Program
from crypto.mpc.prss import check_keys
from crypto.mpc.runtime import JointRuntime
from crypto.mpc.seat import Seat
from crypto.mpc.specification import Session, ThresholdOutOfRange, TooFewMembers
from crypto.mpc.unpickling import forbid_unpickling
from crypto.shamir import PRIME, share_text

EXIT_DONE = 0
EXIT_ABORTED = 3
_FAREWELL_SECONDS = 1.0


def run_and_exit(programs: Mapping[str, MakeProgram]) -> NoReturn:
    """Run the session that stdin specifies, with a program of `programs`, and end the process."""
    status = _serve(programs)
    sys.stderr.flush()
    # At once: a thread that still reads stdin or computes must not hold the process up.
    os._exit(status)


def _serve(programs: Mapping[str, MakeProgram]) -> int:
    events = Events()
    # A core file would hold the session's key and this member's inputs.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        session = specification.loads(read_line(sys.stdin.buffer))
        program = _program(session, programs)
        blocks = read_blocks(sys.stdin.buffer, session.blocks)
        prepared = _prepared(session, program, blocks)
    except CryptoError as error:
        refusal = error.abort if isinstance(error, SessionAborted) else None
        events.tell_aborted(refusal or Abort("specify", NOBODY, _code(error), str(error)))
        return EXIT_ABORTED
    forbid_unpickling()
    # Not closed: that would wait for a name that is being looked up.
    return asyncio.Runner().run(_run(session, prepared, events))


def _program(session: Session, programs: Mapping[str, MakeProgram]) -> Program:
    make = programs.get(session.program.name)
    if make is None:
        reason = f"no program of the fixed list is called {session.program.name}"
        raise SessionAborted(Abort("specify", NOBODY, "program-unknown", reason))
    program = make(session.program.arguments)
    if program.needs_verification and not session.is_verified:
        reason = f"{session.program.name} with these arguments runs in a verified session only"
        raise SessionAborted(Abort("specify", NOBODY, "session-unverified", reason))
    return program


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a member computes once all are connected, and the processor time it took so far."""

    computation: Computation
    cpu_seconds: float


def _prepared(session: Session, program: Program, blocks: Sequence[bytes]) -> _Prepared:
    place = Place(session.point, session.members, session.threshold, session.is_verified)
    started_seconds = time.process_time()
    try:
        computation = program.prepare(place, blocks, os.urandom)
        return _Prepared(computation, time.process_time() - started_seconds)
    except CryptoError as error:
        reason = f"{session.program.name}: {error}"
        raise SessionAborted(Abort("specify", NOBODY, "inputs-refused", reason)) from error


def _code(error: CryptoError) -> str:
    if isinstance(error, TooFewMembers):
        return "consortium-too-small"
    return "threshold-out-of-range" if isinstance(error, ThresholdOutOfRange) else "session-invalid"


async def _run(session: Session, prepared: _Prepared, events: Events) -> int:
    peers = session.peers
    runtime = JointRuntime(
        session, {certificate_der(peer.certificate): peer.point for peer in peers}
    )
    member = _Member(runtime, events)
    member.heed_the_agent()
    loop = asyncio.get_running_loop()
    watches = [
        loop.create_task(watch(runtime)) for watch in (watch_for_silence, watch_for_lateness)
    ]
    try:
        await member.take_part(prepared)
    except SessionAborted as over:
        runtime.end(over.abort)
        events.tell_aborted(member.own_failure or runtime.verdict.result())
        return EXIT_ABORTED
    finally:
        for watch in watches:
            watch.cancel()
        await member.leave()
    return EXIT_DONE


class _Member:
    """This member's way through the session.

    `own_failure` is why it stopped itself, in the words its own agent reads.
    """

    def __init__(self, runtime: JointRuntime, events: Events) -> None:
        self._runtime = runtime
        self._session = runtime.session
        self._events = events
        self._loop = asyncio.get_running_loop()
        self._went: asyncio.Future[None] = self._loop.create_future()
        self._dialling: list[asyncio.Task[None]] = []
        self.own_failure: Abort | None = None

    def heed_the_agent(self) -> None:
        """Stop where its agent says so, or is gone before it said go."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop, "member-stopped", "asked to stop")
        on_go(sys.stdin.buffer, lambda go: self._loop.call_soon_threadsafe(self._heard, go))

    async def take_part(self, prepared: _Prepared) -> None:
        """All stages, each event at its time.

        Raises:
            SessionAborted: the session ended early.
        """
        runtime, events = self._runtime, self._events
        connections = Connections(runtime)
        self._dialling = [
            self._loop.create_task(connections.keep(peer)) for peer in connections.dialled()
        ]
        try:
            async with connections.listening():
                events.tell("listening")
                await connections.all_met()
            runtime.stage_name = "prepare"
            if self._session.is_verified:
                await check_keys(runtime)
                # Also who is in no set whose keys differ waits for those who are.
                await runtime.barrier_of_all()
            events.tell("connected")
            await runtime.unless_over(self._went)
            await runtime.barrier_of_all()
            # Said before it is true: an agent that dies here must count the charge as spent.
            events.tell("shared")
            shares, cpu_seconds = await self._compute(prepared.computation)
            runtime.stage_name = "deliver"
            await runtime.finish()
        except OSError as error:
            self._stop("listening-failed", f"could not listen at {self._session.listen}: {error}")
            runtime.check_verdict()
            raise
        events.tell(
            "done",
            shares=list(map(share_text, shares.tolist())),
            bytes_sent=sum(link.nbytes_sent for link in runtime.links),
            cpu_milliseconds=round((prepared.cpu_seconds + cpu_seconds) * 1000),
        )

    async def leave(self) -> None:
        """Let what was said last leave, and close what is open, within seconds."""
        await self._runtime.close()
        if self._dialling:
            # A relay's line is given up once what went into it is through.
            await asyncio.wait(self._dialling, timeout=_FAREWELL_SECONDS)

    async def _compute(self, computation: Computation) -> tuple[NDArray[np.uint64], float]:
        """The program's shares, and the processor time it took, its messages' included."""
        runtime = self._runtime
        runtime.stage_name = "share"
        started_seconds = time.process_time()
        seat = Seat(runtime)
        thread = ThreadPoolExecutor(1, "program")
        computing = self._loop.run_in_executor(thread, lambda: asyncio.run(computation(seat)))
        # Where the session ends first, nobody asks for it any more.
        computing.add_done_callback(lambda done: done.exception())
        await asyncio.wait((computing, runtime.verdict), return_when=asyncio.FIRST_COMPLETED)
        runtime.check_verdict()
        failure = computing.exception()
        if isinstance(failure, SessionAborted):
            raise failure
        if failure is not None:
            words = str(failure) if isinstance(failure, CryptoError) else type(failure).__name__
            self._stop("program-failed", f"{self._session.program.name}: {words}")
            runtime.check_verdict()
        shares = computing.result()
        if shares.dtype != np.uint64 or shares.ndim != 1 or (shares >= PRIME).any():
            self._stop("program-failed", f"{self._session.program.name}: outputs are no shares")
            runtime.check_verdict()
        return shares, time.process_time() - started_seconds

    def _heard(self, go: bool) -> None:
        if go:
            self._went.set_result(None)
        else:
            self._stop("agent-gone", "its agent went away before it said go")

    def _stop(self, code: str, reason: str) -> None:
        """End the session by this member's own doing; its peers are not told why."""
        runtime = self._runtime
        if not runtime.verdict.done():
            self.own_failure = Abort(runtime.stage_name, self._session.point, code, reason)
            runtime.accuse(self._session.point, "member-stopped", "it ended the session itself")
