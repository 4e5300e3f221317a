"""What the platform keeps besides signed documents: plain values, no I/O.

job        a job and the states of its life
dataset    a dataset version in the catalogue, a request for access to it
people     organisations and users
account    budget accounts, charges, reservations
fork       two receipts of which one chain can hold only one
stages     what a job's stages are handed
"""
