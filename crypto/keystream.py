"""AES-256-CTR (NIST SP 800-38A) as a stream of bytes."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK_BYTES = 16
ZERO_BLOCK = bytes(_BLOCK_BYTES)


@lru_cache(maxsize=8)
def _zeros(size_bytes: int) -> bytes:
    return bytes(size_bytes)


def keystream(key: bytes, first_block: bytes, size_bytes: int) -> memoryview:
    """The stream under a key of 32 bytes, from its first counter block of 16 on."""
    encryptor = Cipher(algorithms.AES256(key), modes.CTR(first_block)).encryptor()
    # Encrypted zeros are the stream itself. update_into asks for room for one more block.
    stream = bytearray(size_bytes + _BLOCK_BYTES - 1)
    encryptor.update_into(_zeros(size_bytes), stream)
    return memoryview(stream)[:size_bytes]
