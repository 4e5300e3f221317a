"""The buyer's side, and what the owner's shares with it: HTTP, keys, signing, opening, verifying.

    api              the portal's JSON API
    home             the files a person keeps: address, token, keys, jobs
    rebuild_plan     the plan of a commit, built on this machine
    sign_request     compare, make a recipient key, sign
    open_result      check everything, add the two shares, decode
    verify_receipt   what an outsider can check offline

Nothing here imports NumPy, TenSEAL or a server.
"""
