"""The body of a certificate. REST page: "Certificate - Add"."""

from __future__ import annotations

from batch_emulator.bodies.common import Words
from batch_emulator.bodies.shapes import Enum, Prop, Shape, String

CertificateAdd = Shape(
    (
        Prop("thumbprint", String(1, quoted=True), required=True),
        Prop("thumbprintAlgorithm", String(1, quoted=True), required=True),
        Prop("data", Words, required=True),
        Prop("certificateFormat", Enum("pfx", "cer")),
        Prop("password", Words),
    )
)
