"""The agents' chains of receipts in SQL."""
