"""Datasets, grants and requests for access in SQL."""
