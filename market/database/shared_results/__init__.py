"""Reader keys and shared results, in SQL."""
