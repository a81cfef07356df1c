"""Bearer tokens: their signature, audience and lifetime.

PyJWT and cryptography are loaded only when a token key was given: they cost more time than all the rest of the start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any


class TokenKeyError(Exception):
    """The token key cannot be used; the text says why."""


class TokenRefused(Exception):
    """The text says why, without anything of the token."""


class TokenChecker:
    """Checks RS256 tokens against one public key."""

    def __init__(self, pem: Path) -> None:
        """Raises TokenKeyError when the file holds no public key in PEM, or PyJWT is not there."""
        try:
            import jwt
            from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
            from cryptography.hazmat.primitives.serialization import load_pem_public_key
        except ImportError as error:
            raise TokenKeyError(
                "--token-key needs PyJWT with cryptography: install azure-batch-emulator[bearer]"
            ) from error
        try:
            key = load_pem_public_key(pem.read_bytes())
        except OSError as error:
            raise TokenKeyError(f"cannot read {pem}: {error.strerror}") from error
        except ValueError as error:
            raise TokenKeyError(f"{pem} holds no public key in PEM") from error
        if not isinstance(key, RSAPublicKey):
            raise TokenKeyError(f"{pem} holds no RSA key")
        self._jwt: Any = jwt
        self._key = key

    def check(self, token: str, *audiences: str) -> None:
        """The audience is exactly one of these: its trailing slash counts. Raises TokenRefused."""
        jwt = self._jwt
        try:
            jwt.decode(token, self._key, algorithms=["RS256"], audience=audiences, options={"require": ["exp", "aud"]})
        except jwt.ExpiredSignatureError:
            raise TokenRefused("The token has expired.") from None
        except jwt.ImmatureSignatureError:
            raise TokenRefused("The token is not valid yet.") from None
        except jwt.InvalidAudienceError:
            raise TokenRefused(f"The token is not for the audience {audiences[0]}.") from None
        except jwt.MissingRequiredClaimError as error:
            raise TokenRefused(f"The token has no {error.claim} claim.") from None
        except Exception:  # whatever a token does to the library, it is not one
            raise TokenRefused("The token is not valid.") from None
