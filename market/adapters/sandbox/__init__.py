"""Where a program that nobody trusts runs, alike on the platform and at the buyer.

run           one run: bubblewrap, no network, no data, another uid, hard limits
tools         the programs and the interpreter it is made of
system_calls  what the program may ask of the kernel
keyring       a session keyring of its own
output        the folders handed over, and what comes back
"""
