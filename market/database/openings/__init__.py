"""What was opened, sum by sum, in SQL: at the platform and in an agent's store."""
