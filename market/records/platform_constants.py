"""What the platform's share of a sum must be, by the manifest alone.

The owner signs b_i, the constant coefficient of every ciphertext's c0, with each column. So the
share of a sum, and of several weighed, is known before anybody computes it: Spark's answer, the
agent's expectation and the buyer's check are this one sum.
"""

from __future__ import annotations

from crypto.errors import FormatError
from crypto.parameters import Parameters
from crypto.shares import Residues, decode_table, sum_residues, weighted_residues
from market.plan.moments import Output
from market.records.manifest import Manifest


def sum_of_constants(manifest: Manifest, output: Output, parameters: Parameters) -> Residues:
    """Σ b_i of the columns of an output of degree one, each times its weight: one residue for each
    prime.

    Raises:
        FormatError: the manifest has no such column, or its constants are malformed.
    """
    weighed = ((weight, _column(manifest, name, parameters)) for weight, name in output.weighed)
    return weighted_residues(weighed, parameters)


def _column(manifest: Manifest, column: str, parameters: Parameters) -> Residues:
    try:
        constants = manifest.column(column).constants
    except KeyError as error:
        raise FormatError(f"the manifest has no column {column}") from error
    return sum_residues(decode_table(constants, manifest.ciphertexts, parameters), parameters)
