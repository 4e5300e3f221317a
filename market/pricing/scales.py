"""How wide the noise of a family of moments may be: the ladder on which its scales lie.

Neighbours differ by one privacy unit added or removed, at most `max_rows` rows: a family's vector
moves by at most m = max_rows · spread in l2 and in l1, in encoded value units (a spread above 1 is
that of weighted sums, market.plan.moments), that is u·m lattice units plus twice the worst-case
error B_f of the engine, which lies on the same lattice as the noise (Canonne, Kamath and Steinke,
NeurIPS 2020, theorem 14; sums on the members' lattice have none):

    reach = u·m + 2·B_f        gaussian  B_f = ceil(sqrt k)·B        laplace  B_f = k·B

for the k outputs of error B each that the family can have, be they asked or not: a family's ladder
does not depend on the question. A family never costs more than one rung of it: its outputs share
one unit of l1.
"""

from __future__ import annotations

from crypto.errors import ParameterError
from crypto.ladder import Ladder
from market.errors import Refused
from market.plan.moments import Family
from market.plan.plan import NoiseLaw
from market.plan.schema import Schema
from market.pricing.lattice import Lattice
from market.pricing.square_root import root_up


def family_ladder(law: NoiseLaw, family: Family, schema: Schema, lattice: Lattice) -> Ladder:
    """The scales of each output of a family.

    Raises:
        Refused: `plan-capacity` when the sum has no error bound, or one that no noise floods.
    """
    try:
        bound = lattice.bound(family.degree, family.weight)
        inflation = root_up(family.size) * bound if law == "gaussian" else family.size * bound
        unit = lattice.unit(family.degree, family.weight)
        reach = unit * family.spread * schema.privacy_unit.max_rows + 2 * inflation
        ladder = Ladder(law, reach, 0 if lattice.draws_anew else bound)
        _ = ladder.highest
    except ParameterError as error:
        raise Refused(
            "plan-capacity", f"The dataset is too large to sum: {error}.", "Tell the owner."
        ) from error
    return ladder


def check_width(family: Family, ladder: Ladder, rung: int, lattice: Lattice) -> None:
    """That a family's values and their noise fit the modulus.

    Raises:
        Refused: `plan-noise-too-wide`.
    """
    value = lattice.largest(family.degree, family.weight)
    value += lattice.tables * lattice.bound(family.degree, family.weight)
    if 2 * (value + lattice.tail(ladder.law, ladder.scale_squared(rung))) >= lattice.modulus:
        raise Refused(
            "plan-noise-too-wide",
            f"The noise of {family.id} would not fit the modulus.",
            "Ask for a larger epsilon, or give the statistic a larger share.",
        )
