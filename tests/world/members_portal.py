"""A consortium's market with a portal before it: its members have browsers and tokens."""

from __future__ import annotations

from world.members_market import MembersMarket
from world.portal_market import PortalMarket


class MembersPortal(MembersMarket, PortalMarket):
    """`MembersPortal(home=...)`; what is asked is the consortium, as in MembersMarket."""
