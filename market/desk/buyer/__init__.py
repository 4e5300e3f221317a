"""The buyer's pages: find, rehearse, price, submit, sign, open, compare, share."""
