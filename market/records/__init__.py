"""What the parties sign for one another: frozen, canonical, tagged records.

listing    owner: schema, policy, description of a dataset version
manifest   owner: the chunks of a dataset version and what binds them
standing   owner: whether a dataset is answered, and which versions; numbered
version_drop  owner: a version whose ciphertext is to go
grant      owner: entitlement of one buyer, and its revocation
request    buyer: one question, to one recipient key
approval   owner or agent: yes to one request, single use
delivery   agent: the sealed shares; platform: its word on its own; what the buyer opens
evaluation platform to Spark and back: unsigned, inside one trust domain
receipt    agent and platform: what an outsider can verify
shared_result  buyer: a result sealed again to a colleague; and their reader key
identity   how a person proves that a public key is theirs
consortium proposer: who is to compute together, on what
agreement  members: whom they trust with it; joining, consent, departure
binding    member: the table at home that an agreement may ask
session    agents: their certificates for one run, and how it ended
signed     a record with its Ed25519 signature
members    rules for what several records have: versions, hashes, keys, sets of parties

The wire formats, to the byte: FORMATS.md.
"""
