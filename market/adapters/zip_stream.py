"""A zip file as it is written: members one after the other, and never the whole of it at once.

Sizes and checksums stand behind each member and in the directory at the end (APPNOTE 6.3.10,
section 4.3.9), so nothing is sought back for. What broke off has no directory and opens nowhere.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final

_AT_ONCE_BYTES: Final = 64 * 1024


class _Sink(io.RawIOBase):
    """Takes bytes until they are fetched; says that it cannot seek."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self._kept += memoryview(data)  # type: ignore[arg-type]  # whatever zipfile has: a buffer
        return memoryview(data).nbytes  # type: ignore[arg-type]  # the same

    def fetch(self, at_least_bytes: int = 1) -> Iterator[bytes]:
        """What has come, once there is enough of it."""
        if len(self._kept) >= at_least_bytes:
            yield bytes(self._kept)
            self._kept.clear()


def zipped(files: Iterable[tuple[str, Iterable[bytes]]], *, now: int) -> Iterator[bytes]:
    """The bytes of a zip file of these members, compressed, as their parts come.

    Args:
        files: names, and contents in parts.
        now: the time of all members, unix seconds.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, parts in files:
            member = zipfile.ZipInfo(name, time.gmtime(now)[:6])
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            with archive.open(member, "w", force_zip64=True) as content:
                for part in parts:
                    content.write(part)
                    yield from sink.fetch(_AT_ONCE_BYTES)
            yield from sink.fetch()
    yield from sink.fetch()
