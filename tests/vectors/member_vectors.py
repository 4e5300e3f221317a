"""Vectors of what members of a consortium say to one another."""

from __future__ import annotations

import hashlib

import numpy as np

from crypto.canonical import Json
from crypto.link_token import link_token
from crypto.mpc import codec, sharing
from crypto.mpc.aborts import Abort
from crypto.mpc.programs.join_matching import PersonKeys
from crypto.secret import Secret

SEAL = bytes(range(32))
KEY = bytes(range(32, 64))
PEOPLE = ("7", "p2", "zoë")
SECRETS = (0, 7, 2**61 - 2)


def members() -> Json:
    """Greetings, frames, links, dealings and tags."""
    abort = codec.pack_abort(Abort("multiply", 2, "member-silent", "Nothing came for 60 s."))
    frames = [
        (codec.Header(codec.Kind.ROUND, 16, 3), bytes(16)),
        (codec.Header(codec.Kind.ALIVE, 0, 2**62), b""),
        (codec.Header(codec.Kind.ABORT, len(abort), 4), abort),
    ]
    return {
        "dealing": _dealing(),
        "frames": [(codec.pack_header(header) + body).hex() for header, body in frames],
        "hello": codec.pack_hello(codec.Hello(SEAL, 3)).hex(),
        "links": [
            {"higher": 3, "lower": 1, "token": link_token(SEAL.hex(), 3, 1)},
            {"higher": 3, "lower": 2, "token": link_token(SEAL.hex(), 2, 3)},
        ],
        "join": _join(),
        "seal": SEAL.hex(),
    }


def _dealing() -> Json:
    stream = sharing.ElementStream(Secret(KEY))
    secrets = np.array(SECRETS, np.uint64)
    rows = sharing.deal(secrets, members=5, threshold=2, stream=stream)
    return {
        "key": KEY.hex(),
        "secrets": list(map(str, SECRETS)),
        "shares": [[f"{share:016x}" for share in row.tolist()] for row in rows],
        "threshold": 2,
    }


def _join() -> Json:
    keys = PersonKeys(Secret(KEY))
    digests = [hashlib.sha256(person.encode()).digest() for person in PEOPLE]
    people = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)
    seeds = keys.mask_seeds(people)
    return {
        "key": KEY.hex(),
        "masks_of_cell_5": [f"{mask:016x}" for mask in keys.mask(seeds, 5).tolist()],
        "people": list(PEOPLE),
        "tags": [[f"{word:016x}" for word in tag] for tag in keys.tags(people).tolist()],
    }
