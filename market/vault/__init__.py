"""The owner's vault: keys, signed documents and ledger, in a directory that never leaves them.

home         the agent's directory: identity, sealed keys, locks; settings: agent.toml
set_up       make one, with its store
layout       where each dataset version lies in it
holdings     a dataset version as its owner signed it, and what they say of it now
grants       who may ask, and who may no more
standings    the owner's newest word on each dataset
keys         a dataset's secret keys, and the constants of a version
constants    their file: a_i = N^-1 sum c1·s of every ciphertext, from publication
revision     whether anything of a dataset has changed since it was read
backup       one sealed file of all of it
store/       the agent's own database: ledger, lineages, replies, publications

Owner's commands and key agent both come here; nothing on the platform can.
"""
