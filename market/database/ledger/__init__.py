"""The budget ledger in SQL, in the portal's database and in the agent's store."""
