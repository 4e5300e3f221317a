"""Whoever answers at the resident application's socket, in its words: what speaks to it can be
tried without a Spark."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.adapters.resident_spark import listen


@contextmanager
def answering_resident(directory: Path, *answers: bytes) -> Iterator[list[bytes]]:
    """It answers as many connections so, one after another; given is what it was asked."""
    taken: list[bytes] = []
    with listen(directory) as listening:

        def answer() -> None:
            for word in answers:
                connection, _ = listening.accept()
                with connection:
                    taken.append(connection.recv(100))
                    connection.sendall(word)

        thread = threading.Thread(target=answer)
        thread.start()
        yield taken
        thread.join()
