"""The owner's key agent: the only process that can release anything, and the one that counts.

    question    a job's documents, verified against the agent's own and priced again
    decide      yes, no, or the owner's to decide: pure
    approval    what makes an approval good for one release
    shares      the sealed half of every output: constants or full recomputation, with derived noise
    release     compute first, then one transaction: noise, debit, nonce, receipt, reply
    answer      the answer to one job
    chain       send the receipts the platform lacks
    loop        ask the portal, answer every job, send; slots: when replies leave
    failures    what went wrong, told once, ending nothing; stop: ending by a signal
    token       warned of before it ends, renewed while the agent runs
    reconcile   what a restored agent lacks, from its own signed receipts

What it keeps lies in the vault (market.vault). It takes nothing from the platform on trust: every
figure is derived again from the documents the owner put there.
"""
