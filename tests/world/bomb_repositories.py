"""Repositories of a few kilobytes that stand for as much as one likes."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import zlib
from collections.abc import Sequence
from pathlib import Path

_COMMIT, _TREE, _BLOB, _REFERENCE_DELTA = 1, 2, 3, 7
_PIECE_BYTES = (1 << 24) - 1
_WHOLE_PIECE = bytes([0xF0, 0xFF, 0xFF, 0xFF])
"""Copies the piece from its beginning, three bytes of size (gitformat-pack)."""


def tree_of_trees(directory: Path, levels: int) -> str:
    """A commit whose tree has ten to the power of `levels` files; its hash."""
    _git(directory.parent, "init", "-q", str(directory))
    entry = "100644 blob " + _git(directory, "hash-object", "-w", "--stdin")
    for _ in range(levels):
        lines = "".join(f"{entry}\tn{digit}\n" for digit in range(10))
        entry = "040000 tree " + _git(directory, "mktree", given=lines.encode())
    return _keep(directory, entry.split()[2])


def object_of_pieces(directory: Path, pieces: int) -> str:
    """A commit with a file of so many times 16 MiB, which is kept as a list of pieces; its hash."""
    _git(directory.parent, "init", "-q", str(directory))
    piece = bytes(_PIECE_BYTES)
    base = _name(b"blob", [piece])
    whole = _name(b"blob", [piece] * pieces)
    delta = _number(len(piece)) + _number(len(piece) * pieces) + _WHOLE_PIECE * pieces
    tree = b"100644 job.py\0" + base + b"100644 large\0" + whole
    by = b"Test <test@example.org> 0 +0000\n"
    commit = b"tree " + _name(b"tree", [tree]).hex().encode()
    commit += b"\nauthor " + by + b"committer " + by + b"\nStart\n"
    _write_pack(
        directory / ".git" / "objects" / "pack",
        [
            (base, _entry(_BLOB, piece)),
            (whole, _entry(_REFERENCE_DELTA, delta, base)),
            (_name(b"tree", [tree]), _entry(_TREE, tree)),
            (_name(b"commit", [commit]), _entry(_COMMIT, commit)),
        ],
    )
    name = _name(b"commit", [commit]).hex()
    _git(directory, "update-ref", "refs/heads/main", name)
    return name


def _keep(directory: Path, tree: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    commit = _git(directory, *identity, "commit-tree", "-m", "Start", tree)
    _git(directory, "update-ref", "refs/heads/main", commit)
    return commit


def _write_pack(folder: Path, objects: Sequence[tuple[bytes, bytes]]) -> None:
    """Pack and index (gitformat-pack, version 2): no git has to unfold it."""
    data, places = b"PACK" + struct.pack(">II", 2, len(objects)), {}
    for name, entry in objects:
        places[name] = (len(data), zlib.crc32(entry))
        data += entry
    seal = _sha1([data])
    names = sorted(places)
    counts = [sum(name[0] <= first for name in names) for first in range(256)]
    index = b"\xfftOc" + struct.pack(">I256I", 2, *counts) + b"".join(names)
    index += b"".join(struct.pack(">I", places[name][1]) for name in names)
    index += b"".join(struct.pack(">I", places[name][0]) for name in names) + seal
    (folder / f"pack-{seal.hex()}.pack").write_bytes(data + seal)
    (folder / f"pack-{seal.hex()}.idx").write_bytes(
        index + hashlib.sha1(index, usedforsecurity=False).digest()
    )


def _name(kind: bytes, parts: Sequence[bytes]) -> bytes:
    return _sha1([kind + b" %d\0" % sum(map(len, parts)), *parts])


def _sha1(parts: Sequence[bytes]) -> bytes:
    hashed = hashlib.sha1(usedforsecurity=False)
    for part in parts:
        hashed.update(part)
    return hashed.digest()


def _entry(kind: int, data: bytes, base: bytes = b"") -> bytes:
    """An object of a pack: its kind and size, of a delta what it is based on, compressed data."""
    size = len(data)
    head = [(kind << 4) | (size & 15)]
    size >>= 4
    while size:
        head[-1] |= 0x80
        head.append(size & 127)
        size >>= 7
    return bytes(head) + base + zlib.compress(data)


def _number(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _git(directory: Path, *arguments: str, given: bytes = b"") -> str:
    done = subprocess.run(
        ["git", "-C", str(directory), *arguments],
        input=given,
        capture_output=True,
        env=os.environ | {"GIT_CONFIG_NOSYSTEM": "1"},
        check=True,
    )
    return done.stdout.decode().strip()
