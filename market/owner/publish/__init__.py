"""From files to a listed version: settle the people, encrypt, sign, send."""
