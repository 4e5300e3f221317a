"""Which agent every owner has appointed, in SQL."""
