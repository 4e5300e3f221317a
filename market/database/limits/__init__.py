"""Limits of one organisation, in SQL."""
