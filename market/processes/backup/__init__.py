"""The platform in one encrypted file, and a platform made of it.

archive   the file: a head, and every row as a line
save      write one while the platform runs
rows      the rows of one, counted and verified as they are read
verify    read one to its end and write nothing
restore   make a platform of one, in an empty home and database
objects   what of the store a restored platform misses
"""
