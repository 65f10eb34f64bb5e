"""The JSON Schema of scenario files, made from the tables of `sim.grammar`."""

from collections.abc import Mapping
from typing import Any

from sim.expectations import EXPECTATIONS
from sim.grammar import CALLER, FAULTS, SCENARIO, SEAT, SUPERVISOR, VERBS
from sim.terms import Field
from sim.words import KINDS

_MADE = ("callers", "seats", "supervisors", "steps")
"""Keys whose schema is made of other tables."""


def schema() -> dict[str, Any]:
    """The schema; editors complete and check scenario files with it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SIP call simulator: scenario",
        **_mapping({key: spec for key, spec in SCENARIO.items() if key not in _MADE}, "scenario"),
        "properties": {
            **_properties({key: spec for key, spec in SCENARIO.items() if key not in _MADE}),
            "callers": {"type": "object", "additionalProperties": _mapping(CALLER, "a caller")},
            "seats": {"type": "object", "additionalProperties": _mapping(SEAT, "a seat")},
            "supervisors": {"type": "object", "additionalProperties": _mapping(SUPERVISOR, "a supervisor")},
            "steps": {"type": "array", "minItems": 1, "items": _step()},
        },
        "required": [key for key, spec in SCENARIO.items() if spec.required],
    }


def _step() -> dict[str, Any]:
    duration = KINDS["duration"][1]
    expect = [
        {**_mapping(dict(entry.fields), entry.about), "additionalProperties": entry.open}
        for entry in EXPECTATIONS.values()
    ]
    deeds: list[dict[str, Any]] = []
    for verb, entry in VERBS.items():
        for word in dict.fromkeys((verb, *entry.words)):
            named = {word: entry.argument or Field("text", entry.about), **dict(entry.options)}
            wanted = [word, *(name for name, option in entry.options if option.required)]
            deeds.append({**_mapping(named, entry.about), "required": wanted})
    sentence = {"type": "string", "description": "verbs: " + ", ".join(w for v in VERBS.values() for w in v.words)}
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            "wait": duration,
            "mark": KINDS["name"][1],
            "run": {**KINDS["name"][1], "description": "a named command of the profile, taken back at the end"},
            "fault": {
                "type": "object",
                "properties": {act: {"type": "string", "description": about} for act, about in FAULTS.items()},
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": False,
            },
            "expect": {"oneOf": expect},
        },
        "additionalProperties": {"anyOf": [sentence, {"anyOf": deeds}]},
    }  # fmt: skip


def _mapping(fields: Mapping[str, Field], about: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": about,
        "properties": _properties(fields),
        "required": [key for key, spec in fields.items() if spec.required],
        "additionalProperties": False,
    }


def _properties(fields: Mapping[str, Field]) -> dict[str, Any]:
    made = {}
    for key, spec in fields.items():
        one: dict[str, Any] = dict(KINDS[spec.kind][1])
        if spec.about:
            one["description"] = spec.about
        if spec.choices:
            one["enum"] = list(spec.choices)
        made[key] = one
    return made
