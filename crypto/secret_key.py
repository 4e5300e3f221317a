"""The CKKS key, and the key holder's decryption share of an opened coefficient.

Rules: the key prints `<secret>`, is not pickled, compared or hashed; at rest it is our own format
with its own check, never SEAL's. The key holder never computes on a c1 from outside: for a sum it
uses the constants made at encryption; for products it expands c1 from the seeds by itself, over
the very chunks whose bytes it hashed, and refuses a chunk that brings a different one.
An unchecked c1 = K*X^j would put a key coefficient into the share.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import NoReturn, Self

import numpy as np
import numpy.typing as npt

from crypto import kernels, limbs, ntt, packing, seal, seeds
from crypto.chunk import Chunk
from crypto.errors import FormatError, ParameterError
from crypto.parameters import SEED_BYTES, Parameters
from crypto.secret import HIDDEN, Secret
from crypto.shares import Residues, subtract_residues

Limbs = npt.NDArray[np.uint32]

_MAGIC = b"ECK1"
_HEADER = struct.Struct("<4sHHI32s")
_CHECK_BYTES = 32
_KEY_ID_TAG = b"crypto/ckks-key/1\x00"


class CkksSecretKey:
    """A ternary key s in NTT form, uint32[k+1][N], bound to its parameters."""

    __slots__ = ("_companions", "_sum_key", "_words", "parameters")

    def __init__(self, parameters: Parameters, words: Limbs) -> None:
        """`words` are s in NTT form modulo the data primes, then the special one; copied.

        Raises:
            ParameterError: wrong shape, or a word that is not reduced.
        """
        shape = (len(parameters.key_primes), parameters.ring_degree)
        if words.shape != shape:
            raise ParameterError(f"key words have shape {words.shape}, expected {shape}")
        limbs.require_reduced(words[None], parameters.key_primes)
        self.parameters = parameters
        self._words = _frozen(words.copy())
        mirrored, ones = ntt.mirrored(self.words), packing.ones(parameters)
        self._sum_key = _frozen(limbs.multiply_limbs(mirrored, ones, parameters.primes))
        self._companions = _frozen(ntt.companions(self.words, parameters))

    @classmethod
    def generate(cls, parameters: Parameters) -> Self:
        """A fresh key from SEAL's generator."""
        return cls(parameters, seal.generate_key_words(parameters))

    @classmethod
    def from_secret(cls, secret: Secret, parameters: Parameters) -> Self:
        """The key `to_secret` wrote.

        Raises:
            FormatError: another length, header, parameter set or check sum, or unreduced words.
        """
        data = secret.reveal()
        # Length, header and check sum come before the words: the file was damaged, or is another's.
        k, degree = len(parameters.key_primes), parameters.ring_degree
        header = _header(parameters)
        if len(data) != len(header) + 4 * k * degree + _CHECK_BYTES:
            raise FormatError(f"CKKS key has {len(data)} bytes, expected another length")
        body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
        if body[: len(header)] != header:
            raise FormatError(f"CKKS key is not of version 1 under {parameters.name}")
        if hashlib.sha256(body).digest() != check:
            raise FormatError("CKKS key does not match its check sum")
        words = np.frombuffer(body, "<u4", offset=len(header)).reshape(k, degree)
        try:
            return cls(parameters, words.astype(np.uint32))
        except ParameterError as error:
            raise FormatError("CKKS key holds a word that is not reduced") from error

    def to_secret(self) -> Secret:
        """Header, words little endian, SHA-256 of both."""
        body = _header(self.parameters) + self._words.astype("<u4").tobytes()
        return Secret(body + hashlib.sha256(body).digest())

    def key_id(self) -> str:
        """A commitment to the key: SHA-256, in hex, over tag and key; its entropy hides it."""
        return hashlib.sha256(_KEY_ID_TAG + self.to_secret().reveal()).hexdigest()

    @property
    def words(self) -> Limbs:
        """s modulo the data primes in NTT form, uint32[k][N]. Secret."""
        return self._words[:-1]

    @property
    def companions(self) -> Limbs:
        """Shoup's companions of `words` (crypto.ntt), uint32[k][N]. Secret."""
        return self._companions

    @property
    def sum_key(self) -> Limbs:
        """s(X^-1) 1(X) in NTT form (crypto.packing), uint32[k][N]: c1 meets it. Secret."""
        return self._sum_key

    def referee(self) -> seal.Decryptor:
        """SEAL's own Decryptor under this key; close it by `with`."""
        return seal.Decryptor(self.parameters, self._words)

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return NotImplemented

    def __hash__(self) -> NoReturn:
        raise TypeError("a CKKS key has no hash: key the table by key_id instead")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a CKKS key is never pickled: wrap its secret in a key file instead")


def key_holder_constants(key: CkksSecretKey, c1: Limbs) -> tuple[Residues, ...]:
    """a_i, the key holder's share of the sum of each ciphertext's values, n times k residues: the
    constant coefficient of c1(X) s(X) 1(X^-1), an inner product of c1.

    `c1` is uint32[n][k][N], expanded by the key holder from their own seeds.

    Raises:
        ParameterError: wrong shape, or a limb that is not reduced.
    """
    return limbs.inner_products(c1, key.sum_key, key.parameters.primes)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Factor:
    """A chunk, and the phases c0 + c1*s of its ciphertexts, uint32[n][k][N]: its rows in the clear,
    but for errors. Secret, and only ever multiplied."""

    chunk: Chunk
    phases: Limbs

    def __repr__(self) -> str:
        return HIDDEN


class Workspace:
    """Memory in which factors are made, a thread's own and used again: fresh pages cost more than
    what is written to them. Secret."""

    def __init__(self, parameters: Parameters) -> None:
        self.expander = seeds.Expander(parameters)
        self._phases: dict[str, Limbs] = {}

    def phases(self, column: str, like: Limbs) -> Limbs:
        """Room for those of a column's chunk; what stood there before is lost."""
        if column not in self._phases or len(self._phases[column]) < len(like):
            self._phases[column] = np.empty(like.shape, np.uint32)
        return self._phases[column][: len(like)]

    def __repr__(self) -> str:
        return HIDDEN


def factor(
    key: CkksSecretKey, chunk: Chunk, *, column: str = "", workspace: Workspace | None = None
) -> Factor:
    """A chunk made ready for `product_shares`, c1 expanded from its seeds. One factor serves all
    products of its column; in a workspace, until the column's next.

    Raises:
        ParameterError: other parameters than the key's.
        FormatError: the chunk brings a c1 that its seeds do not give.
    """
    parameters = key.parameters
    if chunk.parameters != parameters:
        raise ParameterError(f"chunk is under {chunk.parameters.name}, expected {parameters.name}")
    workspace = workspace or Workspace(parameters)
    phases, expander = workspace.phases(column, chunk.c0), workspace.expander
    primes = kernels.words_of_primes(parameters.primes)
    # One ciphertext at a time: its c1 is used while the caches still hold it.
    for index, c0 in enumerate(chunk.c0):
        seed = chunk.seeds[index * SEED_BYTES : (index + 1) * SEED_BYTES]
        c1 = expander.expand(seed, chunk.first_ciphertext + index)
        if chunk.c1 is not None and not np.array_equal(chunk.c1[index], c1):
            raise FormatError("chunk brings a c1 that its seeds do not give")
        kernels.transforms().decrypt(c0, c1, key.words, key.companions, primes, phases[index])
    return Factor(chunk, phases)


def product_shares(a: Factor, b: Factor) -> tuple[Residues, Residues]:
    """The key holder's and the platform's share of the sum of products of the values of two chunks,
    k residues each.

    A full recomputation of the two buffers, which the caller has hashed. The sum is the inner
    product of the phases, (c0 + c1*s)(X) (d0 + d1*s)(X^-1) at its constant coefficient; the
    platform's share is that of c0(X) d0(X^-1), and the key holder's what is missing.

    Raises:
        ParameterError: different parameters or ciphertext ranges.
    """
    parameters = a.chunk.parameters
    if b.chunk.parameters != parameters:
        raise ParameterError(
            f"chunk is under {b.chunk.parameters.name}, expected {parameters.name}"
        )
    ranges = [(one.chunk.first_ciphertext, one.chunk.ciphertexts) for one in (a, b)]
    if ranges[0] != ranges[1]:
        raise ParameterError(f"chunks cover {ranges}, expected the same ciphertexts")
    total = limbs.inner_product(a.phases, b.phases, parameters.primes)
    platform = packing.product_share(a.chunk.c0, b.chunk.c0, parameters)
    return subtract_residues(total, platform, parameters), platform


def _frozen(array: Limbs) -> Limbs:
    array.flags.writeable = False
    return array


def _header(parameters: Parameters) -> bytes:
    digest = bytes.fromhex(parameters.digest())
    k = len(parameters.key_primes)
    return _HEADER.pack(_MAGIC, 1, k, parameters.ring_degree, digest)
