"""The digest by which a reader knows a chunk: BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn
2020), 32 bytes, over the very buffer that is computed on.

The manifest names it. It is hashed at every reading, beside arithmetic that runs at memory speed;
see decisions/0005-blake3-for-chunks.md for the measurement.
"""

from __future__ import annotations

from typing import Final, Literal

from blake3 import blake3

ChunkHash = Literal["blake3"]
CHUNK_HASH: Final[ChunkHash] = "blake3"


def chunk_digest(data: bytes | memoryview) -> str:
    """In hex. The interpreter's lock is let go meanwhile."""
    return str(blake3(data).hexdigest())
