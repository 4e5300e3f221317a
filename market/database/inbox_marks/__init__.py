"""Marks in inboxes, in SQL."""
