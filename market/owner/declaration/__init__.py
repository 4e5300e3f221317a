"""dataset.toml: what an owner declares of a table, checked value by value, and in words."""
