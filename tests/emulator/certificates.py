"""Keys and a certificate for loopback, made for one run of the tests."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

AUDIENCE = "https://batch.core.windows.net/"
HOUR = datetime.timedelta(hours=1)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


@dataclass
class Keys:
    """A private key and its files: the key, the public key, and a certificate of its own for 127.0.0.1."""

    directory: Path

    @cached_property
    def private(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65_537, key_size=2048)

    def _file(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(content)
        return path

    @cached_property
    def private_file(self) -> Path:
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return self._file("key.pem", self.private.private_bytes(*form))

    @cached_property
    def public_file(self) -> Path:
        form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return self._file("public.pem", self.private.public_key().public_bytes(*form))

    @cached_property
    def certificate_file(self) -> Path:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "batch emulator test")])
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now() - HOUR)
            .not_valid_after(now() + HOUR)
            .add_extension(address, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        )
        certificate = builder.sign(self.private, hashes.SHA256())
        return self._file("certificate.pem", certificate.public_bytes(serialization.Encoding.PEM))

    def token(self, **claims: Any) -> str:
        """A token that is good for an hour; a claim of None is left out."""
        standard = {"aud": AUDIENCE, "iat": now(), "nbf": now() - HOUR, "exp": now() + HOUR, "oid": "tester"}
        chosen = {name: value for name, value in {**standard, **claims}.items() if value is not None}
        return jwt.encode(chosen, self.private, algorithm="RS256")
