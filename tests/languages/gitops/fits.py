"""Holds the objects of manifests to the schema of a custom resource, and prints what does not fit, as JSON.

    python fits.py DEFINITION MANIFEST...

For each manifest a list with a list for each object of the defined kind: what is wrong with it. What a cluster would
drop without a word, a property that the schema does not know, is wrong as well.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Schema = dict[str, Any]


def main(definition: str, *manifests: str) -> None:
    defined = yaml.load(Path(definition).read_text(), LOADER)["spec"]
    validators = {
        f"{defined['group']}/{version['name']}": Draft202012Validator(strict(version["schema"]["openAPIV3Schema"]))
        for version in defined["versions"]
    }
    found = [
        [
            [f"{error.json_path}: {error.message}" for error in validators[thing["apiVersion"]].iter_errors(thing)]
            for thing in yaml.load_all(Path(manifest).read_text(), LOADER)
            if thing["kind"] == defined["names"]["kind"]
        ]
        for manifest in manifests
    ]
    print(json.dumps(found))


def strict(schema: Schema) -> Schema:
    """The schema as JSON Schema means it, without properties that it does not name."""
    known = {name: strict(inner) for name, inner in schema.get("properties", {}).items()}
    made = {name: value for name, value in schema.items() if not name.startswith("x-") and name != "format"}
    if schema.get("x-kubernetes-int-or-string"):
        made["type"] = ["integer", "string"]
    if isinstance(schema.get("items"), dict):
        made["items"] = strict(schema["items"])
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = strict(schema["additionalProperties"])
    elif known and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    return {**made, "properties": known} if known else made


if __name__ == "__main__":
    main(*sys.argv[1:])
