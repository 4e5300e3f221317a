"""The client for whoever computes on: files, frames, charts, notebooks.

It needs the packages of a buyer (NumPy, pandas, matplotlib), and nothing of the command line's own
imports it before it is asked for.
"""
