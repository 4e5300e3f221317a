"""Compute: the plan built and priced, signed and approved, and its shares computed."""
