"""Consortia and their sessions: what may follow what, in words."""
