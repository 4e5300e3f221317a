"""Commands of owners: their agent, their tables and the terms, grants and words on requests."""
