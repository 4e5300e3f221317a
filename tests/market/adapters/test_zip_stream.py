"""A zip file is made as it is sent, and what was broken off is none."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import numpy as np
import pytest

from market.adapters.zip_stream import zipped

NOW = 1_800_000_000


def test_members_arrive_as_they_were_given() -> None:
    files = [("one.jsonl", [b"a\n", b"b\n"]), ("none.jsonl", []), ("two.jsonl", [b"\xc3\xa4"])]
    with zipfile.ZipFile(io.BytesIO(b"".join(zipped(files, now=NOW)))) as archive:
        assert archive.testzip() is None
        told = [(one.filename, archive.read(one), one.date_time[:3]) for one in archive.infolist()]
    assert told == [(name, b"".join(parts), (2027, 1, 15)) for name, parts in files]


def test_no_more_than_what_was_not_sent_yet_is_held() -> None:
    asked_bytes, noise = 0, np.random.default_rng(1)

    def parts() -> Iterator[bytes]:
        nonlocal asked_bytes
        for _ in range(64):
            asked_bytes += 64 * 1024
            # Nothing that compresses.
            yield noise.bytes(64 * 1024)

    sent = 0
    for piece in zipped([("all", parts())], now=NOW):
        sent += len(piece)
        assert len(piece) < 256 * 1024
        assert asked_bytes - sent < 256 * 1024
    assert sent > asked_bytes == 64 * 64 * 1024


def test_file_that_was_broken_off_opens_nowhere() -> None:
    def parts() -> Iterator[bytes]:
        yield bytes(1_000)
        raise ValueError("no more")

    pieces = []
    with pytest.raises(ValueError, match="no more"):
        pieces.extend(zipped([("whole", [b"x"]), ("broken", parts())], now=NOW))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
