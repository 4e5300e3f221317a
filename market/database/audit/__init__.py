"""The trail of administrators' acts in SQL."""
