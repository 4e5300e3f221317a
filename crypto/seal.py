"""SEAL at the edge, through TenSEAL's sealapi: the key's generator, and the referee that opens what
crypto.encrypt made.

Rules: the only importer of TenSEAL; owner side only; one context per parameter set; nothing read
here came from outside: SEAL is handed bytes that this module wrote, and what it writes is parsed
field by field. Objects cross as files, since sealapi's save and load know paths only: an anonymous
memory file, named by its descriptor. Linux, therefore.

Bytes are those of SEAL 4 (seal/serialization.h): a 16-byte header, then the object. SEAL compresses
what it saves and sealapi offers no other mode; it reads plain bytes, so those are what we write.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from functools import cache
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt
import zstandard
from tenseal import sealapi

from crypto.errors import FormatError, ParameterError
from crypto.parameters import Parameters

Limbs = npt.NDArray[np.uint32]

_HEADER = struct.Struct("<HBBBBHQ")
_MAGIC = 0xA15E
_PLAIN, _ZSTD = 0, 2
# parms_id, number of coefficients, scale. A secret key is saved as a plaintext.
_PLAINTEXT = struct.Struct("<32sQd")
# parms_id, whether in NTT form, polynomials, N, primes, scale, correction factor (BGV's; 1 here).
_CIPHERTEXT = struct.Struct("<32sBQQQdQ")
# Both go on with an array of words: a header of its own, their number, the words (u64).
_COUNT = struct.Struct("<Q")


class _Saved(Protocol):
    def save(self, path: str) -> None: ...


class MemoryFile:
    """An anonymous file in memory, for objects that only save to and load from a path."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("seal", os.MFD_CLOEXEC)
        self.path = f"/proc/self/fd/{self._descriptor}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._descriptor)

    def save(self, saved: _Saved) -> bytes:
        """The bytes SEAL writes for an object: its path opens the file emptied."""
        saved.save(self.path)
        return os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)

    def write(self, data: bytes) -> str:
        """Replace the file's content; the path to load it from.

        Raises:
            FormatError: the file took fewer bytes.
        """
        os.ftruncate(self._descriptor, 0)
        if os.pwrite(self._descriptor, data, 0) != len(data):
            raise FormatError(f"memory file took less than {len(data)} bytes")
        return self.path


@cache
def context(parameters: Parameters) -> sealapi.SEALContext:
    """SEAL's context, checked against its own 128-bit table.

    Raises:
        ParameterError: SEAL refuses the parameters.
    """
    chosen = sealapi.EncryptionParameters(sealapi.SCHEME_TYPE.CKKS)
    chosen.set_poly_modulus_degree(parameters.ring_degree)
    chosen.set_coeff_modulus([sealapi.Modulus(prime) for prime in parameters.key_primes])
    made = sealapi.SEALContext(chosen, True, sealapi.SEC_LEVEL_TYPE.TC128)
    if not made.parameters_set():
        raise ParameterError(f"SEAL refuses {parameters.name}: {made.parameters_error_message()}")
    return made


def generate_key_words(parameters: Parameters) -> Limbs:
    """A fresh ternary key in NTT form, uint32[k+1][N]: the data primes, then the special one.

    Raises:
        FormatError: SEAL wrote bytes of another version or length.
    """
    key = sealapi.KeyGenerator(context(parameters)).secret_key()
    with MemoryFile() as file:
        return _plaintext_words(file.save(key), len(parameters.key_primes), parameters)


class Decryptor:
    """SEAL's own Decryptor under one key. A context manager: it owns a memory file."""

    def __init__(self, parameters: Parameters, key_words: Limbs) -> None:
        made = context(parameters)
        self._parameters = parameters
        self._file = MemoryFile()
        self._decryptor = sealapi.Decryptor(made, _load_key(self._file, parameters, key_words))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.__exit__(*exception)

    def phase(self, c0: Limbs, c1: Limbs) -> Limbs:
        """c0 + c1*s in words, uint32[k][N], of two polynomials uint32[k][N].

        Raises:
            FormatError: SEAL wrote bytes of another version or length.
            ValueError: SEAL refuses the ciphertext, such as one whose c1 is zero.
        """
        made, parameters = context(self._parameters), self._parameters
        ciphertext, plaintext = sealapi.Ciphertext(), sealapi.Plaintext()
        # The first id below the key's: all data primes, the special prime left out.
        parms_id = made.first_parms_id()
        k, degree = len(parameters.primes), parameters.ring_degree
        # SEAL stores a limb in 64 bits, [polynomial][k][N].
        words = np.stack((c0, c1)).astype("<u8").tobytes()
        inner = _with_header(_COUNT.pack(len(words) // 8) + words)
        scale = 2.0**parameters.scale_log2
        fields = _CIPHERTEXT.pack(_id_bytes(parms_id), 1, 2, degree, k, scale, 1)
        ciphertext.load(made, self._file.write(_with_header(fields + inner)))
        self._decryptor.decrypt(ciphertext, plaintext)
        return _plaintext_words(self._file.save(plaintext), k, parameters)


def _load_key(file: MemoryFile, parameters: Parameters, words: Limbs) -> sealapi.SecretKey:
    made = context(parameters)
    # A key lives over all primes, the special one too: hence the key's id. Its scale says nothing.
    body = words.astype("<u8").tobytes()
    fields = _PLAINTEXT.pack(_id_bytes(made.key_parms_id()), words.size, 1.0)
    data = _with_header(fields + _with_header(_COUNT.pack(words.size) + body))
    key = sealapi.SecretKey()
    key.load(made, file.write(data))
    # The key's words must not outlive this call in the file.
    file.write(b"")
    return key


def _plaintext_words(data: bytes, k: int, parameters: Parameters) -> Limbs:
    """The words of a saved plaintext or secret key in NTT form, uint32[k][N]."""
    body = _body(data)
    count = k * parameters.ring_degree
    fields, header = _PLAINTEXT.size, _HEADER.size
    expected = fields + header + _COUNT.size + 8 * count
    if len(body) != expected:
        raise FormatError(f"SEAL wrote {len(body)} bytes, expected {expected}")
    _, coefficients, _ = _PLAINTEXT.unpack_from(body)
    (written,) = _COUNT.unpack_from(body, fields + header)
    if (coefficients, written) != (count, count):
        raise FormatError(f"SEAL wrote {coefficients} and {written} words, expected {count}")
    # The words end the body. Those of 30-bit primes fit 32 bits; whoever makes limbs of them checks
    # that each is below its prime.
    words = np.frombuffer(body, "<u8", count, expected - 8 * count)
    return words.astype(np.uint32).reshape(k, parameters.ring_degree)


def _body(data: bytes) -> bytes:
    # Another version may have another layout, so its bytes are refused.
    magic, size, major, minor, mode, _, total = _HEADER.unpack_from(data)
    if (magic, size, major, minor) != (_MAGIC, _HEADER.size, *_version()) or total != len(data):
        raise FormatError("SEAL wrote a header of another version or length")
    if mode == _PLAIN:
        return data[_HEADER.size :]
    if mode != _ZSTD:
        raise FormatError(f"SEAL wrote compression mode {mode}, expected {_PLAIN} or {_ZSTD}")
    return zstandard.ZstdDecompressor().decompressobj().decompress(data[_HEADER.size :])


def _with_header(body: bytes) -> bytes:
    total = _HEADER.size + len(body)
    return _HEADER.pack(_MAGIC, _HEADER.size, *_version(), _PLAIN, 0, total) + body


@cache
def _version() -> tuple[int, int]:
    """Major and minor of the installed SEAL, which reads files of its own minor only."""
    with MemoryFile() as file:
        header = file.save(sealapi.Plaintext())
    _, _, major, minor, *_ = _HEADER.unpack_from(header)
    return major, minor


def _id_bytes(parms_id: Sequence[int]) -> bytes:
    return struct.pack("<4Q", *parms_id)
