"""Shares of one opened coefficient: its residues modulo the data primes.

Rules: k residues, each below its prime; as text four bytes each, big endian, lower-case hex, and
nothing else reads back. Platform share b and key holder share d combine by the centred remainder
(Mouchet et al., PETS 2021, key switch; here restricted to one coefficient) to an integer in
lattice units, `Parameters.unit` of them per unit of value:

    >>> from crypto.parameters import PRODUCTS
    >>> b, d = reduce_integer(10**40, PRODUCTS), reduce_integer(-(10**40) - 5, PRODUCTS)
    >>> combine(b, d, PRODUCTS)
    -5
    >>> encode_residues(reduce_integer(-1, PRODUCTS), PRODUCTS)[:16]
    '3ff840003ff94000'
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crypto import canonical
from crypto.errors import FormatError, ParameterError
from crypto.parameters import Parameters

Residues = tuple[int, ...]
"""One integer modulo the product of the primes, as its k remainders."""

_HEX_DIGITS = 8
_HEX = frozenset("0123456789abcdef")


def encode_residues(residues: Residues, parameters: Parameters) -> str:
    """Hex of the residues, four big-endian bytes each.

    Raises:
        ParameterError: not k residues, or one that is not reduced.
    """
    check_residues(residues, parameters)
    return "".join(f"{residue:08x}" for residue in residues)


def decode_residues(text: str, parameters: Parameters) -> Residues:
    """The residues `encode_residues` wrote.

    Raises:
        FormatError: another length, a character that is not lower-case hex, or a residue
            that is not below its prime.
    """
    (residues,) = decode_table(text, 1, parameters)
    return residues


def encode_table(table: Iterable[Residues], parameters: Parameters) -> str:
    """The residues of several integers one after the other, as `encode_residues` writes each.

    Raises:
        ParameterError: not k residues each, or one that is not reduced.
    """
    return "".join(encode_residues(residues, parameters) for residues in table)


def decode_table(text: str, count: int, parameters: Parameters) -> tuple[Residues, ...]:
    """`count` integers as `encode_table` wrote them.

    Raises:
        FormatError: another length, another alphabet, or an unreduced residue.
    """
    primes = parameters.primes
    # A fixed width per residue: a table has one spelling, and an entry is found by its place.
    width = _HEX_DIGITS * len(primes)
    if len(text) != width * count:
        raise FormatError(f"residues have {len(text)} characters, expected {width * count}")
    if not _HEX.issuperset(text):
        raise FormatError("residues hold a character that is not lower-case hex")
    words = [int(text[at : at + _HEX_DIGITS], 16) for at in range(0, len(text), _HEX_DIGITS)]
    table = tuple(tuple(words[at : at + len(primes)]) for at in range(0, len(words), len(primes)))
    for residues in table:
        if any(residue >= q for residue, q in zip(residues, primes, strict=True)):
            raise FormatError("residues hold one that is not below its prime")
    return table


def add_residues(a: Residues, b: Residues, parameters: Parameters) -> Residues:
    """Residues of the sum of two integers.

    Raises:
        ParameterError: not k residues, or one that is not reduced.
    """
    check_residues(a, parameters)
    check_residues(b, parameters)
    return tuple((x + y) % q for x, y, q in zip(a, b, parameters.primes, strict=True))


def subtract_residues(a: Residues, b: Residues, parameters: Parameters) -> Residues:
    """Residues of the difference of two integers.

    Raises:
        ParameterError: not k residues, or one that is not reduced.
    """
    check_residues(a, parameters)
    check_residues(b, parameters)
    return tuple((x - y) % q for x, y, q in zip(a, b, parameters.primes, strict=True))


def sum_residues(table: Iterable[Residues], parameters: Parameters) -> Residues:
    """Residues of the sum of all integers in a table; of zero when it is empty.

    Raises:
        ParameterError: not k residues, or one that is not reduced.
    """
    return weighted_residues(((1, residues) for residues in table), parameters)


def weighted_residues(terms: Iterable[tuple[int, Residues]], parameters: Parameters) -> Residues:
    """Residues of the sum of integers, each times its whole weight of either sign.

    Raises:
        ParameterError: not k residues, or one that is not reduced.
    """
    # Python's integers do not overflow: one remainder at the end.
    totals = [0] * len(parameters.primes)
    for weight, residues in terms:
        check_residues(residues, parameters)
        totals = [a + weight * b for a, b in zip(totals, residues, strict=True)]
    return tuple(total % q for total, q in zip(totals, parameters.primes, strict=True))


def reduce_integer(z: int, parameters: Parameters) -> Residues:
    """The k residues of an integer of either sign, each in [0, q)."""
    return tuple(z % q for q in parameters.primes)


def combine(b: Residues, d: Residues, parameters: Parameters) -> int:
    """The integer in (-Q/2, Q/2] whose residues are b + d, Q the product of the primes.

    Raises:
        ParameterError: not k residues, or one that is not reduced.
    """
    # Chinese remainder theorem: (Q/q)^-1 mod q times Q/q is 1 modulo q and 0 modulo every other
    # prime. The centred representative is the value: its size and the noise's stay below Q/2
    # (crypto.error_bound; the noise's tail is negligible there).
    modulus = parameters.modulus
    total = 0
    for residue, q in zip(add_residues(b, d, parameters), parameters.primes, strict=True):
        cofactor = modulus // q
        total += residue * pow(cofactor, -1, q) * cofactor
    total %= modulus
    return total - modulus if total > modulus // 2 else total


def platform_digest(shares: Sequence[tuple[str, Residues]], parameters: Parameters) -> str:
    """H(b): SHA-256, in hex, over the platform's shares of all outputs of a job.

    The order of the outputs has no part: they are hashed by name.

    Raises:
        ParameterError: an output twice, or residues that are not k reduced ones.
    """
    named = {output: encode_residues(residues, parameters) for output, residues in shares}
    if len(named) != len(shares):
        raise ParameterError(f"{len(shares)} shares name {len(named)} outputs, expected one each")
    return canonical.digest(
        "crypto/platform-shares/1",
        {
            "outputs": [[output, named[output]] for output in sorted(named)],
            "parameters": parameters.digest(),
        },
    )


def check_residues(residues: Residues, parameters: Parameters) -> None:
    """Return if these are k residues, each below its prime.

    Raises:
        ParameterError: another number of them, or one that is not reduced.
    """
    primes = parameters.primes
    if len(residues) != len(primes):
        raise ParameterError(f"share has {len(residues)} residues, expected {len(primes)}")
    if any(not 0 <= residue < q for residue, q in zip(residues, primes, strict=True)):
        raise ParameterError("share holds a residue that is not reduced")
