"""Tables as columns of cells: what an owner encrypts, what a buyer rehearses on (NumPy).

table            columns of values, as readers of files give them
person           the normal form of a privacy-unit id
contributions    how many rows each person has had so far
column_codes     cells of one column as numbers or level codes
coded_rows       a batch of rows, coded
encode           coded rows as encoded columns
local_moments    a member's exact sums of a plan's moments
local_sums       the same, of what is opened: weighted sums of moments, too
join_columns     a member's people and columns, as integers to be dealt
twin             a synthetic table from schema and public seed
plaintext        the plaintext reader: the tests' oracle
"""
