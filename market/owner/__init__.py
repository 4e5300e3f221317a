"""The owner's installed client: describe, encrypt, publish; grant, approve; destroy a key.

    describe      dataset.toml, read strictly, to schema, policy and description
    propose       a first dataset.toml from a table's header: names and types, never values
    layout        where the declared columns stand in a file, and which codes mean missing
    read_table    a CSV or Parquet file to cells, strictly, some rows at a time
    survey        read all of it once, and ask the owner about what it holds
    encrypt_table encode, encrypt, write chunks to the agent's outgoing directory
    make_version  all of these in order, then sign_version: manifest and listing
    publish       make a version and send it, again if need be, never encrypted again
    send_chunks   several at once; an absent store is waited for, what is stored is not sent again
    grants        give a buyer an allocation, take it back
    standing      pause, resume, withdraw, serve an older version
    approve       yes or no to one request, by hand
    destroy_key   end a dataset for ever

Keys, encryption and approvals exist here only: never in a page the platform serves.
"""
