"""The relational database: SQLite embedded, Postgres in service; the same SQL on both.

metadata     what every family's tables are declared with
address      where a database is, read and checked
engine       connections, transactions, retries
failures     what a database may answer, as typed errors
revision     which schema a database has, which this release needs
migrate      bring a database to the newest schema, in process
migrations/  the revisions, a branch for the portal and one for the agent's store
platform     the portal's database, open
portable     every row as a line that is the same on both engines, for backups

people/ catalogue/ jobs/ ledger/ receipts/ appointments/ shared_state/
             one family each: its tables, its SQL behind the port, and in errors.py
             the constructors of its errors, which the in-memory twin raises too

Integers are integers, documents are kept as the exact text that was signed, and a secret is kept
as its hash only. Nothing reads a value in order to write it back: conditions stand in the UPDATE.
"""
