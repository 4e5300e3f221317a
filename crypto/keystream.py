"""AES-256-CTR (NIST SP 800-38A) as a stream of bytes."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK_BYTES = 16
ZERO_BLOCK = bytes(_BLOCK_BYTES)
ROOM_BYTES = _BLOCK_BYTES - 1
"""What a buffer must hold beyond the stream."""


def keystream(key: bytes, first_block: bytes, size_bytes: int) -> memoryview:
    """The stream under a key of 32 bytes, from its first counter block of 16 on."""
    stream = bytearray(size_bytes + ROOM_BYTES)
    fill_keystream(key, first_block, size_bytes, stream)
    return memoryview(stream)[:size_bytes]


def fill_keystream(
    key: bytes, first_block: bytes, size_bytes: int, out: bytearray | memoryview
) -> None:
    """The same into the first bytes of a buffer that has ROOM_BYTES more: buffers of this size cost
    more to make than to fill."""
    encryptor = Cipher(algorithms.AES256(key), modes.CTR(first_block)).encryptor()
    # Encrypted zeros are the stream itself.
    encryptor.update_into(_zeros(size_bytes), out)


@lru_cache(maxsize=8)
def _zeros(size_bytes: int) -> bytes:
    return bytes(size_bytes)
