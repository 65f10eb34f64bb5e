"""What an editor says of a document: the part of JSON Schema (2020-12) that our schemas use, and nothing of ours."""

import re
from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool}


def complaints(value: Any, schema: Mapping[str, Any], where: str = "") -> list[str]:
    """What is wrong with `value`, a line each."""
    unknown = set(schema) - _KNOWN
    if unknown:
        raise AssertionError(f"the fake does not know {unknown}: teach it")
    types = schema.get("type", ())
    if types and not any(_is(value, name) for name in ([types] if isinstance(types, str) else types)):
        return [f"{where}: {value!r} is no {types}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is none of {schema['enum']}")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{where}: {value!r} does not match {schema['pattern']}")
        if len(value) < schema.get("minLength", 0):
            found.append(f"{where}: too short")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            found.append(f"{where}: too few items")
        for index, item in enumerate(value):
            found += complaints(item, schema.get("items", {}), f"{where}/{index}")
    if isinstance(value, dict):
        found += _in_mapping(value, schema, where)
    for word in {"anyOf", "oneOf"} & set(schema):
        fitting = sum(not complaints(value, one, where) for one in schema[word])
        if fitting == 0 or (word == "oneOf" and fitting > 1):
            found.append(f"{where}: {value!r} fits {fitting} of {word}")
    return found


def _in_mapping(value: dict[str, Any], schema: Mapping[str, Any], where: str) -> list[str]:
    found = [f"{where}: {key} is missing" for key in schema.get("required", ()) if key not in value]
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        found.append(f"{where}: {len(value)} keys")
    others = schema.get("additionalProperties", True)
    for key, item in value.items():
        own = schema.get("properties", {}).get(key, others)
        if own is False:
            found.append(f"{where}: {key} is not known")
        elif own is not True:
            found += complaints(item, own, f"{where}/{key}")
    return found


def _is(value: Any, name: str) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in ("number", "integer"):
        return number and (name == "number" or value == int(value))
    return isinstance(value, _TYPES[name])


_KNOWN = {"$schema", "title", "description", "type", "enum", "pattern", "minLength", "items", "minItems", "properties"}
_KNOWN |= {"required", "additionalProperties", "minProperties", "maxProperties", "anyOf", "oneOf"}
