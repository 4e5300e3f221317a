"""A member of a consortium: its proposal, seat, consent, and the table that stays at home."""
