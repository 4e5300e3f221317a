"""From a program to a signed request: rehearse, price, submit, confirm, sign, wait."""
