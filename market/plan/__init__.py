"""The plan language: what a buyer asks, as data. Standard library only: the sandbox imports it.

plan         named statistics under one noise law, and the hash that people sign
statistics   one whole statistic in each file, and their union
expression   what a statistic is asked of: columns, constants, levels, sums, products
notation     expressions for people
dataset      the lazy, DataFrame-like face a buyer's program sees (quantity, category, refusals)
program      runs `build(ds)` of a repository and collects the plan
schema       what the owner declares: columns, bounds, levels, privacy unit, capacity
polynomial   every expression as a polynomial in encoded columns
moments      sums and sums of products, what opens them, and their families
combined     when several moments are opened as one sum
lowered      a plan on its schema as a set of moments, each opened once
uncertain    numbers with an error, propagated
answers      from opened moments back to what was asked, with errors
human        prints what exactly will be opened
"""
