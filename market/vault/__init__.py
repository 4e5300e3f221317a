"""The owner's vault: keys, signed documents and ledger, in a directory that never leaves them.

home         the agent's home: identity, sealed keys, locks
layout       where each dataset version lies in it
holdings     a dataset version as the agent holds it: documents, keys, constants
constants    the table a_i = N^-1 sum c1·s kept at publication
standings    the owner's newest word on each dataset
revision     whether anything of a dataset has changed since it was read
backup       one sealed file of all of it
store/       the agent's own database: ledger, lineages, replies, publications

Owner's commands and key agent both come here; nothing on the platform can.
"""
