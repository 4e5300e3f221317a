"""Where a declaration begins: a header, a draft of the portal, the version before."""
