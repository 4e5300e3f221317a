"""What of a version is encrypted so far, on disk: one record beside each chunk.

    <column>-<first ciphertext>-<digest>.ect     the chunk
    <column>-<first ciphertext>.part             what it is, and both constants of its ciphertexts

The chunk is written first, so a part names a whole chunk or is not there. After a kill every part
that is there stands as it is, to the byte: the manifest of a version names the same chunks however
often its making was broken off. A chunk without its part was never named and is thrown away; its
seeds were used once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from crypto.chunk import build_chunk
from crypto.encrypt import EncryptedLimbs
from crypto.errors import CryptoError
from crypto.fresh import FreshBytes
from crypto.parameters import SEED_BYTES, Parameters
from crypto.shares import encode_table
from crypto.sum_shares import SumShares
from market import wire
from market.adapters.private_files import write_private
from market.records.manifest import Chunk
from market.records.verified_chunk import ChunkRefused, describe_chunk, verified_chunk


@dataclass(frozen=True, slots=True, repr=False)
class EncryptedPart:
    """One block of one column: its chunk, or none where only sums are kept. `key_holder` is key
    material; both constants are residues in hex."""

    chunk: Chunk | None
    platform: str
    key_holder: str


def encrypted_part(
    chunk: Chunk | None, made: EncryptedLimbs | SumShares, parameters: Parameters
) -> EncryptedPart:
    """A part with the constants of what was made."""
    return EncryptedPart(
        chunk,
        encode_table(made.platform_constants, parameters),
        encode_table(made.key_holder_constants, parameters),
    )


@dataclass(frozen=True, slots=True)
class EncryptedParts:
    """Those of one attempt.

    Attributes:
        directory: where chunks and parts lie.
        prefix: what the chunks' keys begin with (market.records.manifest.chunk_prefix).
    """

    directory: Path
    prefix: str
    parameters: Parameters

    def keep(self, column: int, first: int, encrypted: EncryptedLimbs) -> EncryptedPart:
        """Write a chunk, then its part; both are on the disk when this returns."""
        parameters, count = self.parameters, len(encrypted.platform_constants)
        data = build_chunk(parameters, encrypted.seeds, encrypted.c0, first_ciphertext=first)
        stem = _stem(column, first)
        # The digest is in the name: two attempts at one version never meet in the store.
        described = describe_chunk(stem, data, first_ciphertext=first, ciphertexts=count)
        name = f"{stem}-{described.digest[:16]}.ect"
        write_private(self.directory / name, data)
        named = replace(described, key=self.prefix + name)
        part = encrypted_part(named, encrypted, parameters)
        write_private(self._part(column, first), wire.encode(part))
        return part

    def kept(self, column: int, first: int, fresh: FreshBytes) -> EncryptedPart | None:
        """A part of an earlier run whose chunk is whole; its seeds are remembered. Else None."""
        try:
            part = wire.decode(EncryptedPart, self._part(column, first).read_bytes())
            if part.chunk is None:
                return None
            data = (self.directory / Path(part.chunk.key).name).read_bytes()
            chunk = verified_chunk(part.chunk, data, self.parameters)
        except (OSError, CryptoError, ChunkRefused):
            return None
        seeds = (chunk.seeds[at : at + SEED_BYTES] for at in range(0, len(chunk.seeds), SEED_BYTES))
        fresh.remember(seeds)
        return part

    def size_bytes(self) -> int:
        """Of the chunks that are there."""
        return sum(path.stat().st_size for path in self.directory.glob("*.ect"))

    def discard_unnamed(self, named: set[str]) -> None:
        """Throw away the chunks that no part names."""
        for path in self.directory.glob("*.ect"):
            if self.prefix + path.name not in named:
                path.unlink()

    def discard_records(self) -> None:
        """The version is signed: manifest and constants are kept elsewhere."""
        for path in self.directory.glob("*.part"):
            path.unlink()

    def _part(self, column: int, first: int) -> Path:
        return self.directory / f"{_stem(column, first)}.part"


def _stem(column: int, first: int) -> str:
    return f"{column:03d}-{first:06d}"
