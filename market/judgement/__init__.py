"""Judging one request against the owner's own documents: by policy in the agent, or by hand.

    question    a job's documents, verified against a held version and priced again
    charges     what a question is to the ledger: its accounts, its cost, what is left for it
    decide      yes, no, or the owner's to decide: pure
    approval    what makes an approval good for one release

The key agent and the owner's `market approve` come here alike, so that a person who approves sees
the very rules their agent will apply. Nothing is written and nobody is asked.
"""
