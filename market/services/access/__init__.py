"""Who may ask what, and how much: agents appointed, grants, entitlement, limits, the forms that
follow.
"""
