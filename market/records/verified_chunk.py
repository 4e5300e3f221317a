"""The check of a stored chunk, for everybody who computes on it: platform and agent alike."""

from __future__ import annotations

import hashlib
from typing import Literal

from crypto.chunk import Chunk as ParsedChunk
from crypto.chunk import parse_chunk
from crypto.errors import CryptoError
from crypto.parameters import Parameters
from market.records.manifest import Chunk

ChunkCode = Literal["chunk-altered", "chunk-missing", "chunk-malformed"]


class ChunkRefused(Exception):
    """A chunk that must not be computed on.

    `chunk-altered` is not what the owner signed, `chunk-missing` is not there: whoever stores it
    can mend that. `chunk-malformed` is what they signed, and nothing to compute on.
    """

    def __init__(self, code: ChunkCode, message: str) -> None:
        # Both are arguments, so that a worker's refusal survives being pickled to the driver.
        super().__init__(code, message)
        self.code = code
        self.message = message


def verified_chunk(chunk: Chunk, data: bytes, parameters: Parameters) -> ParsedChunk:
    """Hash a fetched buffer and parse that very buffer, without a copy: what was hashed is what is
    multiplied.

    Args:
        chunk: what the signed manifest says of it.
        data: the whole object, private to this process.

    Returns:
        Views on `data`: limbs `uint32[ciphertexts][primes][N]` and seeds (crypto.chunk).

    Raises:
        ChunkRefused: `chunk-altered`, `chunk-malformed`.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest != chunk.sha256:
        raise ChunkRefused(
            "chunk-altered",
            f"Chunk {chunk.key} hashes to {digest[:16]}, the manifest says {chunk.sha256[:16]}.",
        )
    try:
        parsed = parse_chunk(data, parameters, expected_ciphertexts=chunk.ciphertexts)
    except CryptoError as error:
        raise ChunkRefused("chunk-malformed", f"Chunk {chunk.key}: {error}.") from error
    if parsed.first_ciphertext != chunk.first_ciphertext:
        raise ChunkRefused(
            "chunk-malformed",
            f"Chunk {chunk.key} starts at ciphertext {parsed.first_ciphertext}, "
            f"the manifest says {chunk.first_ciphertext}.",
        )
    return parsed
