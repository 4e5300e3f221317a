"""Consortia and what their members signed, in SQL."""
