"""Drafts of listings: their items, what they lack, what they become."""
