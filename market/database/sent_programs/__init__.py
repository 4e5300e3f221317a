"""Programs that buyers sent, and the sealed tokens of their repositories, in SQL."""
