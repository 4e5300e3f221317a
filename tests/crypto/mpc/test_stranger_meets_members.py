"""A member written from crypto/FORMATS.md alone: it imports nothing of this project."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB

ROOT = Path(__file__).parents[3]
VECTORS: dict[str, Any] = json.loads((ROOT / "tests/vectors/members.json").read_text())
PAGE = (ROOT / "crypto/FORMATS.md").read_text("utf-8")
P = 2**61 - 1


def element(word: bytes) -> int:
    return int.from_bytes(word, "little") & P


def permuted(key: bytes, block: bytes) -> bytes:
    return Cipher(AES256(key), ECB()).encryptor().update(block)  # noqa: S305 - as the page has it


def test_stranger_is_greeted() -> None:
    hello = bytes.fromhex(VECTORS["hello"])
    assert hello == bytes.fromhex(VECTORS["seal"]) + b"\x03"


def test_stranger_reads_frames_and_their_kinds() -> None:
    names = dict(re.findall(r"^\| (\d) \| ([A-Z]+) \|", PAGE, re.MULTILINE))
    found = []
    for text in VECTORS["frames"]:
        kind, zeros, length, number = struct.unpack_from("<B3sIq", frame := bytes.fromhex(text))
        assert zeros == bytes(3)
        assert len(frame) == 16 + length
        found.append((names[str(kind)], number))
    assert found == [("ROUND", 3), ("ALIVE", 2**62), ("ABORT", 4)]
    abort = json.loads(frame[16:])
    assert set(abort) == {"code", "party", "reason", "stage"}
    stages = re.findall(r"`([a-z]+)`", PAGE.partition("a stage one of")[2].partition(".")[0])
    assert abort["stage"] in stages


def test_stranger_finds_the_link() -> None:
    for link in VECTORS["links"]:
        named = {"higher": link["higher"], "lower": link["lower"], "seal": VECTORS["seal"]}
        text = json.dumps(named, sort_keys=True, separators=(",", ":")).encode()
        assert hashlib.sha256(b"mpc/link/v1\x00" + text).hexdigest() == link["token"]


def test_stranger_deals_and_opens() -> None:
    dealing = VECTORS["dealing"]
    secrets, t = list(map(int, dealing["secrets"])), dealing["threshold"]
    stream = Cipher(AES256(bytes.fromhex(dealing["key"])), CTR(bytes(16))).encryptor()
    degrees = [secrets]
    for _ in range(t):
        words = [element(stream.update(bytes(8))) for _ in range(len(secrets) + 2)]
        degrees.append([word for word in words if word != P][: len(secrets)])
    for point, row in enumerate(dealing["shares"], 1):
        share = [
            sum(c * point**k for k, c in enumerate(cs)) % P for cs in zip(*degrees, strict=True)
        ]
        assert [f"{one:016x}" for one in share] == row
    assert opened([row[1] for row in dealing["shares"][:3]]) == secrets[1]


def opened(shares: list[str]) -> int:
    points, total = range(1, len(shares) + 1), 0
    for point, share in zip(points, shares, strict=True):
        weight = 1
        for other in points:
            if other != point:
                weight = weight * other * pow(other - point, -1, P) % P
        total += weight * int(share, 16)
    return total % P


def test_stranger_tags_and_masks_people() -> None:
    join = VECTORS["join"]
    tag, person, cell = (
        hmac.digest(bytes.fromhex(join["key"]), purpose, "sha256")
        for purpose in (b"join-tag/1", b"join-mask-person/1", b"join-mask-cell/1")
    )
    for name, words, mask in zip(
        join["people"], join["tags"], join["masks_of_cell_5"], strict=True
    ):
        block = hashlib.sha256(name.encode()).digest()[:16]
        pseudonym = permuted(tag, block)
        assert [f"{element(pseudonym[at : at + 8]):016x}" for at in (0, 8)] == words
        low, high = struct.unpack("<QQ", permuted(person, block))
        masked = permuted(cell, struct.pack("<QQ", low, high ^ 5))
        assert f"{element(masked[:8]):016x}" == mask
