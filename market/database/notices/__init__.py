"""Addresses and notices in SQL."""
