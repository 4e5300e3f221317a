"""What a manifest says of a chunk, and the check of a stored one: for platform and agent alike."""

from __future__ import annotations

import hashlib
from typing import Literal

from crypto.chunk import Chunk as ParsedChunk
from crypto.chunk import parse_chunk
from crypto.chunk_digest import chunk_digest
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


def describe_chunk(key: str, data: bytes, *, first_ciphertext: int, ciphertexts: int) -> Chunk:
    """What a manifest says of a chunk: its writer's word, and the opposite of `verified_chunk`."""
    sha256 = hashlib.sha256(data).hexdigest()
    return Chunk(key, chunk_digest(data), sha256, len(data), first_ciphertext, ciphertexts)


def verified_chunk(chunk: Chunk, data: bytes | memoryview, parameters: Parameters) -> ParsedChunk:
    """Hash a fetched buffer and parse that very buffer, without a copy: what was hashed is what is
    multiplied.

    Args:
        chunk: what the signed manifest says of it.
        data: the whole object, private to this process, and unchanged while the chunk is used.

    Returns:
        Views on `data`: limbs `uint32[ciphertexts][primes][N]` and seeds (crypto.chunk).

    Raises:
        ChunkRefused: `chunk-altered`, `chunk-malformed`.
    """
    digest = chunk_digest(data)
    if digest != chunk.digest:
        raise ChunkRefused(
            "chunk-altered",
            f"Chunk {chunk.key} hashes to {digest[:16]}, the manifest says {chunk.digest[:16]}.",
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
