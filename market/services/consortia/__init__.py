"""Consortia: proposed, joined, bound to tables, left, and read by their members."""
