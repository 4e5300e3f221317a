"""The agent's database: one SQLite file, and every step that must be whole in one transaction.

    tables      what is kept
    opening     open, create, mark as restored
    revision    whether anything was written since
    replies     what is to be sent, as the exact text
    spending    approve, refuse, release: ledger, nonces, receipts' chain and reply together
    chain       the receipts, each after the one before; released: what was opened for whom
    recovery    what a restored agent adds from its own receipts
    lineages    who is in which table, under the owner's key

The ledger is the portal's own code (market.database.ledger.sql_ledger) on other accounts.
"""
