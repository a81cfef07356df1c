"""Ids of Azure resources outside the account, as properties name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from batch_emulator.bodies.shapes import FieldType, wrong_type
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.errors import invalid_property

_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers"


@dataclass(frozen=True)
class ArmId(FieldType):
    """An id of one of these forms. Segments in braces stand for any text; case does not matter, as in ARM."""

    forms: tuple[str, ...]

    def accept(self, value: Any, path: str, context: Context) -> str:
        if not isinstance(value, str):
            raise wrong_type(path, "a string")
        if not any(re.fullmatch(_pattern(form), value, re.IGNORECASE | re.ASCII) for form in self.forms):
            raise invalid_property(path, f"The value must be an ARM id of the form {' or '.join(self.forms)}.")
        return value


def _pattern(form: str) -> str:
    return "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in form.split("/"))


SubnetId = ArmId((f"{_GROUP}/{{provider}}/virtualNetworks/{{network}}/subnets/{{subnet}}",))

_IMAGE = f"{_GROUP}/Microsoft.Compute/galleries/{{gallery}}/images/{{image}}"
GalleryImageId = ArmId((_IMAGE, f"{_IMAGE}/versions/{{version}}"))
