"""What signed firmware needs, for tests: a certificate in PEM and a signature in Base64."""

from base64 import b64encode

from tests.tls import make_certificate

SIGNATURE = b64encode(b"signature").decode()


def signing_certificate() -> str:
    """Return a certificate of a maker."""
    return make_certificate()[0].decode()
