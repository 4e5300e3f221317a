"""Lattices that tests price on."""

from __future__ import annotations

from crypto.parameters import PRODUCTS
from market.plan.schema import Schema
from market.pricing.lattice import CiphertextLattice, MemberLattice, ciphertext_lattice


def agg_lattice(schema: Schema) -> CiphertextLattice:
    """That of a table encrypted under PRODUCTS."""
    return ciphertext_lattice(schema.capacity_rows, PRODUCTS)


def union_lattice(schema: Schema, members: int = 3) -> MemberLattice:
    """That of a union of so many members with this joint schema."""
    return MemberLattice("union", schema.capacity_rows, members, (members - 1) // 2, 0)


def join_lattice(schema: Schema, intersection_rho_units: int = 1) -> MemberLattice:
    """That of a join with this joint schema."""
    return MemberLattice("join", schema.capacity_rows, 3, 1, intersection_rho_units)
