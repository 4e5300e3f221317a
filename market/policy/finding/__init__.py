"""What somebody looks for, as they choose it on a page."""
