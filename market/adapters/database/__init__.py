"""The relational database: SQLite embedded, Postgres in service; the same SQL on both.

engine            connections, transactions, retries
migrate           bring a database to the newest schema, in process
ledger_tables     the budget ledger, in the portal's database and in the agent's store
platform_tables   everything else the portal keeps
ledger, people, catalogue, jobs    the ports

Integers are integers, documents are kept as the exact text that was signed, and a secret is kept
as its hash only. Nothing reads a value in order to write it back: conditions stand in the UPDATE.
"""
