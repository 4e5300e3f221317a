"""The plan: what a buyer asks, as data. Standard library only, except the last three.

expression   the frozen nodes a plan is made of
dataset      the lazy, DataFrame-like face a buyer's program sees
program      runs `build(ds)` of a repository and collects the plan
schema       what the owner declares: columns, bounds, levels, privacy unit, capacity
polynomial   every expression as a polynomial in encoded columns
moments      the lowering: a plan is a set of sums and sums of products, each opened once
weights      how rho is divided among families of moments
reference    the moments a table is expected to have, from public knowledge
privacy      the privacy reader: sensitivity, rho, noise scale, error: the quote
uncertain    numbers with an error, propagated
statistics   from opened moments back to what was asked, with errors
human        prints what exactly will be opened
loss         rho and epsilon as people read them
encode       table to encoded columns (NumPy)
twin         a synthetic table from schema and public seed (NumPy)
plaintext    the plaintext reader (NumPy): the tests' oracle
"""
