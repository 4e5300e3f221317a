"""What a plan costs and how exact its answers will be: the privacy reader.

weights      how rho is divided among families of moments
lattice      what an engine opens sums on: its units, errors, noise, work
square_root  of an integer, rounded up
scales       the noise scale a family's share of rho buys
guarantee    what a job's noise guarantees: epsilon to rho and back
quote        sensitivity, rho, noise: the quote
reference    the moments a table is supposed to have, from public knowledge
plausible    the tables that a statistic may meet where nothing is declared
expected_errors    how exact answers will be: expected, least, most
error_words  the same in words
quote_document     a quote as it is stored and shown
division     the least shares that meet every stated error
goals        accuracy first: stated errors, the least epsilon that meets them
cost_words   what it costs, in a sentence
opening      the identity of what a release opens
loss         rho and epsilon as people read them
"""
