"""People: accounts, one-time links, sessions, tokens, keys, and what is kept of them."""
