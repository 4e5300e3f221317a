"""Revisions of the schema, one directory per branch; never changed once released."""
