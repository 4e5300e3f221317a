"""The privacy engine: ciphertext arithmetic, release, noise, accounting, signatures, envelopes.

It knows no marketplace word and does no I/O. Modules a buyer's client needs (canonical, identity,
envelope, shares, accounting, gaussian_profile) import no NumPy and no TenSEAL; `seal` is the only
importer of TenSEAL.
"""
