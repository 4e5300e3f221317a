"""Where a program that nobody trusts runs, alike on the platform and at the buyer.

builds        a build: two runs under two clocks, here or elsewhere
language      what of ours a program may import
run           one run in bubblewrap: no network, no data, another uid, hard limits
tools         the programs and the interpreter it is made of
confined      one run where no bubblewrap can run: in a pod, which has no network and no data
launcher      what becomes that program, once it has no rights left
one_shot      the server in that pod: takes one build, answers, ends
parcel        what goes there and comes back
remote        who sends it, and waits for a sandbox that is free
system_calls  what the program may ask of the kernel
keyring       a session keyring of its own
output        the folders handed over, and what comes back
"""
