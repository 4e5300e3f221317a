"""Jobs and their timelines in SQL."""
