"""Open what came: check, unseal, decode; compare, write out, share."""
