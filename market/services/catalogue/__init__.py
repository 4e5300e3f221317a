"""The catalogue: find a dataset, read one."""
