"""Synthetic rows, made on the buyer's machine from noised counts that were opened to the buyer.

    marginals    the noised counts of all levels and of all pairs of levels, with the owner's names
    methods      what makes a model of them, and rows of the model
    columns      rows as columns of the owner's types; table_file writes them
    report       how far the rows are from what was opened

Nothing here sees data, a key or a budget: whatever is made of a release costs no more privacy.
"""
