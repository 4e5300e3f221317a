"""The relay of members who accept no connection: in a portal, or a process of its own."""
