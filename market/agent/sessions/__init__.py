"""A member's part of a consortium's runs: the agent's side of each session's worker.

prepare     a sealed job, verified again: the approval, every joining, the rules
inputs      the member's own table, read at home, as the numbers the worker is given
worker      the process that computes (crypto.mpc.worker): started, heard, told to go
documents   envelope, receipt and abort of a session
run         one session from its worker's start to its stored reply
desk        the threads they run in, beside the loop

The ledger is debited between the worker's `connected`, when every member is there and nothing has
been shared, and the agent's `go`.
"""
