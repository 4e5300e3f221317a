"""The platform for its people: passwords, tokens, notices, limits, audit, backups."""
