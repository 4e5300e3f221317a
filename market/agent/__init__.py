"""The owner's key agent: the only process that can release anything, and the one that counts.

    shares      the sealed share of every output: constants or recomputation, with derived noise
    release     compute first, then one transaction: noise, debit, nonce, receipt, reply
    answer      the answer to one job; fetch_chunks: its chunks, from a store that may be away
    chain       send the receipts the platform lacks
    loop        ask the portal, answer every job, send; slots: when replies leave
    pauses      which jobs need no second look yet, since nothing has changed
    failures    what went wrong, logged once, ending nothing; stop: ending by a signal
    token       warned of before it ends, renewed while the agent runs
    reconcile   what a restored agent lacks, from its own signed receipts

What it keeps lies in the vault (market.vault); it judges a request by the rules an owner sees who
approves by hand (market.judgement). It takes nothing from the platform on trust: every figure is
derived again from the documents the owner put there.
"""
