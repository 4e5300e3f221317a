"""ECT1: consecutive ciphertexts of one column, as stored and hashed.

Rules: little endian; one 64-byte header; n seeds of 32 bytes; zeros up to a multiple of 64; then
the limbs uint32[n][k][N] of c0 and, in the form "c1-unpacked", those of c1 after all of c0, so that
either component is one contiguous block for the kernels. The length follows from the header and
nothing may follow; unused bytes are zero; every limb is below its prime; no seed stands twice. So
equal content has one byte string. A reader takes views on the buffer it was given: what was hashed
is what is computed on.

    offset  type  field
    0       4 B   magic "ECT1"
    4       u16   version 1
    6       u16   form: 1 seed-only, 2 c1-unpacked
    8       32 B  digest of the parameters
    40      u64   index in the column of the first ciphertext
    48      u32   n, ciphertexts
    52      u16   polynomials stored: 1 or 2, as the form says
    54      u16   k, primes
    56      u32   N
    60      u32   0
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crypto import limbs
from crypto.chunk_size import HEADER_BYTES, Form, chunk_bytes, limbs_offset
from crypto.errors import FormatError, ParameterError
from crypto.parameters import SEED_BYTES, Parameters

Limbs = npt.NDArray[np.uint32]

MAGIC = b"ECT1"
VERSION = 1
MAX_CIPHERTEXTS = 4096
"""Ciphertexts of one chunk: 640 MiB of c0 under PRODUCTS, far above what a writer cuts."""

_HEADER = struct.Struct("<4sHH32sQIHHII")
_FORMS: dict[int, Form] = {1: "seed-only", 2: "c1-unpacked"}


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Read-only views on a checked buffer: c0 and c1 are uint32[n][k][N], seeds n*32 bytes."""

    parameters: Parameters
    first_ciphertext: int
    seeds: bytes
    c0: Limbs
    c1: Limbs | None

    @property
    def ciphertexts(self) -> int:
        return len(self.seeds) // SEED_BYTES

    def part(self, first: int, count: int) -> Chunk:
        """`count` of its ciphertexts from place `first` on, or as many as there are; views too."""
        stop = first + count
        return Chunk(
            self.parameters,
            self.first_ciphertext + first,
            self.seeds[SEED_BYTES * first : SEED_BYTES * stop],
            self.c0[first:stop],
            None if self.c1 is None else self.c1[first:stop],
        )

    @property
    def form(self) -> Form:
        return "seed-only" if self.c1 is None else "c1-unpacked"


def build_chunk(
    parameters: Parameters,
    seeds: bytes,
    c0: Limbs,
    *,
    first_ciphertext: int,
    c1: Limbs | None = None,
) -> bytes:
    """Write n ciphertexts, c0 and c1 uint32[n][k][N], with n*32 bytes of seeds.

    Raises:
        ParameterError: shapes, counts or the index do not fit, a limb is not reduced, or a seed
            stands twice.
    """
    # What a reader would refuse is refused here too: no owner signs a chunk that cannot be read.
    components = (c0,) if c1 is None else (c0, c1)
    count = c0.shape[0]
    shape = (count, len(parameters.primes), parameters.ring_degree)
    for component in components:
        if component.shape != shape:
            raise ParameterError(f"limbs have shape {component.shape}, expected {shape}")
        limbs.require_reduced(component, parameters.primes)
    if count > MAX_CIPHERTEXTS or not 0 <= first_ciphertext <= 2**63 - count:
        raise ParameterError(
            f"{count} ciphertexts from {first_ciphertext}, expected at most {MAX_CIPHERTEXTS} "
            "and indices of 63 bits"
        )
    if len(seeds) != SEED_BYTES * count or _has_duplicate(seeds):
        raise ParameterError(f"seeds have {len(seeds)} bytes, expected {count} distinct seeds")
    header = _header(parameters, count, first_ciphertext, form=len(components))
    padding = bytes(limbs_offset(count) - HEADER_BYTES - len(seeds))
    body = (np.ascontiguousarray(component, "<u4").data for component in components)
    return b"".join((header, seeds, padding, *body))


def parse_chunk(
    data: bytes | memoryview, parameters: Parameters, *, expected_ciphertexts: int
) -> Chunk:
    """Check a whole chunk and lay views on it; no limb is copied.

    Raises:
        FormatError: anything but exactly one chunk of these parameters and this count.
    """
    if len(data) < HEADER_BYTES:
        raise FormatError(f"chunk has {len(data)} bytes, expected a header of {HEADER_BYTES}")
    first, form = _read_header(data, parameters, expected_ciphertexts)
    expected = chunk_bytes(expected_ciphertexts, _FORMS[form], parameters)
    if len(data) != expected:
        raise FormatError(f"chunk has {len(data)} bytes, expected {expected}")
    # The length was computed, never read: from here on every offset lies within the buffer.
    start = limbs_offset(expected_ciphertexts)
    seeds_end = HEADER_BYTES + SEED_BYTES * expected_ciphertexts
    seeds = bytes(data[HEADER_BYTES:seeds_end])
    if any(data[seeds_end:start]):
        raise FormatError("chunk padding is not zero")
    if _has_duplicate(seeds):
        raise FormatError("chunk holds a seed twice")
    # The limbs are a view: a copy could differ from what was hashed.
    shape = (form, expected_ciphertexts, len(parameters.primes), parameters.ring_degree)
    components = np.frombuffer(data, "<u4", offset=start).reshape(shape)
    components.flags.writeable = False
    for component in components:
        try:
            limbs.require_reduced(component, parameters.primes)
        except ParameterError as error:
            raise FormatError("chunk holds a limb that is not below its prime") from error
    return Chunk(parameters, first, seeds, components[0], components[1] if form == 2 else None)


def _header(parameters: Parameters, count: int, first: int, *, form: int) -> bytes:
    digest = bytes.fromhex(parameters.digest())
    k, degree = len(parameters.primes), parameters.ring_degree
    return _HEADER.pack(MAGIC, VERSION, form, digest, first, count, form, k, degree, 0)


def _read_header(data: bytes | memoryview, parameters: Parameters, count: int) -> tuple[int, int]:
    """Index of the first ciphertext, and form; every other field has one right value."""
    magic, version, form, _, first, *_ = _HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION or form not in _FORMS:
        raise FormatError(
            f"chunk is {magic!r} version {version} form {form}, "
            f"expected {MAGIC!r} version {VERSION} form 1 or 2"
        )
    if not 1 <= count <= MAX_CIPHERTEXTS or first > 2**63 - count:
        raise FormatError(
            f"chunk starts at {first}, expected indices of 63 bits and 1 to {MAX_CIPHERTEXTS} "
            f"ciphertexts, not {count}"
        )
    # Written again and compared whole: no field, reserved byte or alternative is forgotten.
    if bytes(data[:HEADER_BYTES]) != _header(parameters, count, first, form=form):
        raise FormatError(
            f"chunk header is not that of {count} ciphertexts under {parameters.name}"
        )
    return int(first), int(form)


def _has_duplicate(seeds: bytes) -> bool:
    # At different indices one seed gives unrelated streams (crypto.seeds); that it was drawn twice
    # shows a generator nothing of which can be trusted.
    table = {seeds[at : at + SEED_BYTES] for at in range(0, len(seeds), SEED_BYTES)}
    return len(table) * SEED_BYTES != len(seeds)
