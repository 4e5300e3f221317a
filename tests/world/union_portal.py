"""Two owners who may be asked together, with a portal before them."""

from __future__ import annotations

from world.portal_market import PortalMarket
from world.union_market import UnionMarket


class UnionPortal(UnionMarket, PortalMarket):
    """`UnionPortal(home=...)`; what is asked is both datasets, as in UnionMarket."""
