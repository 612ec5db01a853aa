"""The published schemas as validators."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parents[1] / "schemas"


def validator(name: str) -> Draft202012Validator:
    """A validator of ``schemas/NAME.schema.json``, which may refer to the schemas beside it."""
    schemas = {
        file.name: json.loads(file.read_text(encoding="utf-8"))
        for file in FOLDER.glob("*.schema.json")
    }
    listed = [(file, Resource.from_contents(schema)) for file, schema in schemas.items()]
    return Draft202012Validator(
        schemas[f"{name}.schema.json"], registry=Registry().with_resources(listed)
    )
