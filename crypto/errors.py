"""The engine's failures.

    CryptoError
    ├── FormatError        bytes or JSON that are not exactly what the format says
    ├── ParameterError     a value outside what the parameters allow (headroom, bounds, counts)
    ├── SignatureError     a signature, fingerprint or envelope that does not verify
    └── KeyFileError       a key at rest that cannot be opened

Every message names the value seen and the value expected; none carries a secret.
"""


class CryptoError(Exception):
    """Root of the engine's failures."""


class FormatError(CryptoError):
    """Bytes that are not exactly what their format says."""


class ParameterError(CryptoError):
    """A value outside what the parameters allow."""


class SignatureError(CryptoError):
    """A signature, fingerprint or envelope that does not verify."""


class KeyFileError(CryptoError):
    """A key at rest that cannot be opened."""
