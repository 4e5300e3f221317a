"""A stream of bytes under AES-256-GCM, block by block: opened in order, whole, or not at all.

Rules: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015, section 7). A block's nonce is a prefix of
7 bytes that is the stream's own, its number in 4 bytes, and 1 in the last block, 0 in others. So no
block can be altered, left out, doubled or moved, and a stream that is cut off has no last block.
Whoever reads has every block authenticated before it is given out, but knows that nothing is
missing only at the end. No file is read or written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import FormatError
from crypto.secret import Secret

BLOCK_BYTES: Final = 65_536
PREFIX_BYTES: Final = 7
_TAG_BYTES: Final = 16
_LARGEST_NUMBER: Final = 2**32 - 1


def seal(
    parts: Iterable[bytes], key: Secret, prefix: bytes, *, associated: bytes
) -> Iterator[bytes]:
    """The sealed blocks of the parts' bytes, one after the other; the parts may be of any length.

    Args:
        key: 32 bytes.
        prefix: 7 bytes that this key never had before.
        associated: what the stream is, such as its format's name; it is not in it.

    Raises:
        FormatError: a prefix of another length, or over 2^32 blocks.
    """
    cipher, held, number = AESGCM(key.reveal()), bytearray(), 0
    for part in parts:
        held += part
        # A block is kept back until it is known not to be the last.
        while len(held) > BLOCK_BYTES:
            block = bytes(held[:BLOCK_BYTES])
            del held[:BLOCK_BYTES]
            yield cipher.encrypt(_nonce(prefix, number, is_last=False), block, associated)
            number += 1
    yield cipher.encrypt(_nonce(prefix, number, is_last=True), bytes(held), associated)


def unseal(
    read: Callable[[int], bytes], key: Secret, prefix: bytes, *, associated: bytes
) -> Iterator[bytes]:
    """The blocks of a sealed stream, in order.

    Args:
        read: that many bytes, fewer at the end alone, as a file's `read`.

    Raises:
        FormatError: altered, cut off, continued, or sealed under another key.
    """
    cipher, number = AESGCM(key.reveal()), 0
    sealed = read(BLOCK_BYTES + _TAG_BYTES)
    while True:
        following = read(BLOCK_BYTES + _TAG_BYTES)
        nonce = _nonce(prefix, number, is_last=not following)
        try:
            block = cipher.decrypt(nonce, sealed, associated)
        except InvalidTag as error:
            raise FormatError(
                f"sealed stream: block {number} was altered, or is cut short, or another key "
                "sealed it"
            ) from error
        yield block
        if not following:
            return
        sealed, number = following, number + 1


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    if len(prefix) != PREFIX_BYTES:
        raise FormatError(f"sealed stream's prefix has {len(prefix)} bytes, expected 7")
    if number > _LARGEST_NUMBER:
        raise FormatError("sealed stream is over 2^32 blocks")
    return prefix + number.to_bytes(4, "big") + bytes([is_last])
