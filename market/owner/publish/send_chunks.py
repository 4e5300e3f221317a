"""A version's chunks to the store, several at once; what the store has acknowledged stays sent.

    main thread                 IN_FLIGHT threads
    counts what was stored <--- take a chunk, read it, send it, mark it sent

So memory holds IN_FLIGHT chunks, whatever the table. In which order they arrive means nothing: the
signed manifest names them all. The first failure ends the others' waiting, and what they send is
awaited for some seconds. A process that is killed has lost the marks of IN_FLIGHT chunks at most,
of which the portal says that they are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread

from market.client.http.api import PortalClient
from market.owner.outgoing import Outgoing
from market.owner.publish.encrypt_table import Progress
from market.patience import Patience
from market.records.manifest import Chunk

IN_FLIGHT = 2
"""As many as a portal with a store of its own takes of one owner (market.portal.upload_desk)."""
_LAST_SECONDS = 2.0


class _Stopped(Exception):
    """Another chunk has failed, or the person has stopped it all."""


@dataclass(frozen=True, slots=True)
class _Sending:
    portal: PortalClient
    attempt: Outgoing
    patience: Patience
    left: SimpleQueue[Chunk] = field(default_factory=SimpleQueue)
    ended: SimpleQueue[Exception | None] = field(default_factory=SimpleQueue)
    stop: Event = field(default_factory=Event)

    def run(self) -> None:
        """What one thread does: send what is left, and say of each how it ended."""
        while not self.stop.is_set():
            try:
                chunk = self.left.get_nowait()
            except Empty:
                return
            try:
                self._send(chunk)
            except Exception as error:  # noqa: BLE001 - raised again in the thread that counts
                self.ended.put(error)
                return
            self.ended.put(None)

    def _send(self, chunk: Chunk) -> None:
        data = self.attempt.chunk(chunk)
        self.patience.wait_for(
            lambda: self.portal.upload(chunk.key, data, sha256=chunk.sha256), self._pause
        )
        self.attempt.mark_sent(chunk)

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise _Stopped


def send_chunks(
    portal: PortalClient,
    attempt: Outgoing,
    chunks: Sequence[Chunk],
    *,
    patience: Patience,
    progress: Progress,
) -> None:
    """Send the chunks that are not marked as sent; all of them are stored when this returns.

    Raises:
        Unavailable: portal or store stay away for longer than `patience`. What else an upload or
            the attempt's disk raises; of several failures the first.
    """
    sending = _Sending(portal, attempt, patience)
    left = [chunk for chunk in chunks if not attempt.is_sent(chunk)]
    for chunk in left:
        sending.left.put(chunk)
    # Daemons: a process that is told to stop does not wait for a store that hangs.
    threads = [Thread(target=sending.run, daemon=True) for _ in left[:IN_FLIGHT]]
    try:
        for thread in threads:
            thread.start()
        for done in range(len(chunks) - len(left) + 1, len(chunks) + 1):
            if (failure := sending.ended.get()) is not None:
                raise failure
            progress("send", done, len(chunks))
    finally:
        sending.stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join(_LAST_SECONDS)
