"""Commands of buyers: try, quote, submit, sign, open; what they hold proves who is wrong."""
