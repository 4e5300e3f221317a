"""Joint computation by several members on data that stays at home (MPyC 0.11, Shamir shares).

One process runs one session: `python -P -m crypto.mpc.worker`, its specification on stdin. Nothing
but that process imports mpyc, and nothing on the platform's side reaches this package.
"""
