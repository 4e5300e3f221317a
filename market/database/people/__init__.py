"""Organisations, users, sessions, tokens in SQL."""
