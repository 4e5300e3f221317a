"""Drafts of listings, in SQL."""
