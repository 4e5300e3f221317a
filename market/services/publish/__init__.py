"""Publish: from a draft to a listed version, its chunks, its later terms and its end."""
