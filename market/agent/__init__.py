"""The owner's key agent: the only process that can release anything, and the one that counts.

    home        its directory: settings, keys, who may read them
    layout      where its directory keeps a dataset
    holdings    what it keeps of each dataset version: signed documents, keys, constants
    standings   which versions are answered: the owner's newest word
    constants   the holder's halves of every ciphertext, as a file
    store       its database: ledger, spent nonces, receipts' chain, replies to send, lineages
    question    a job's documents, verified against the agent's own and priced again
    decide      yes, no, or the owner's to decide: pure
    approval    what makes an approval good for one release
    shares      the sealed half of every output: constants or full replay, with derived noise
    release     compute first, then one transaction: noise, debit, nonce, receipt, reply
    answer      the answer to one job
    chain       send the receipts the platform lacks
    loop        ask the portal, answer every job, send; slots: when replies leave
    failures    what went wrong, told once, ending nothing; stop: ending by a signal
    token       warned of before it ends, renewed while the agent runs
    backup      one archive, and a restored agent that releases nothing until reconciled
    reconcile   what a restored agent lacks, from its own signed receipts

It takes nothing from the platform on trust: every figure is derived again from the documents the
owner put here.
"""
