"""Write docs/schema/system.json from the models of include/schemes: what editors know of a system.yaml."""

from __future__ import annotations

import json
from typing import Any

from include.data_files import read_yaml
from include.schemes.model import SHAPES, Scheme
from include.settings import REPO
from ops.pages import write_or_check

Node = dict[str, Any]
NOTES = REPO / "ops/system_schema.yaml"
_REF = "#/definitions/"
_APART = "one_way"
_WIDTH = 150
_VARIES = ("by_version", "by_period", "by_group")
_STANDS = ("in_versions", "in_periods", "in_groups")
# Set by the loader, in whatever is written: a file does not say them.
_OURS = {"Scheme": {"version", "period_text", "for_group", "variants"}, "FormField": {"group", "row"}}
# Read before version, period and group are known.
_FIXED = {"scheme", "shape", "period_kinds", "official_periods", "slot", "versions"}
_ONE_VALUE = {"type": "object", "minProperties": 1, "maxProperties": 1, "propertyNames": {"enum": list(_VARIES)}}


def schema() -> str:
    """The JSON Schema, as text; draft 7, which editors know."""
    notes = read_yaml(NOTES)
    made = _Schema(notes)
    by_model: dict[type[Scheme], list[str]] = {}
    for shape, model in SHAPES.items():
        by_model.setdefault(model, []).append(shape)
    whole: Node = {}
    for model, shapes in by_model.items():
        root = made.root(model.model_json_schema(), shapes)
        named = {"properties": {"shape": {"enum": shapes}}, "required": ["shape"]}
        whole = {"if": named, "then": root, "else": whole} if whole else root
    if wrong := [*made.wrong, *(f"{name} is no part" for name in notes if name not in made.noted)]:
        raise ValueError(f"ops/{NOTES.name}: {'; '.join(wrong)}")
    page = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "system.yaml",
        "$comment": "Made by `make docs` from include/schemes and ops/system_schema.yaml; do not edit.",
        **whole,
        "definitions": dict(sorted(made.definitions.items())),
    }
    return _page(page) + "\n"


class _Schema:
    """The definitions as they are made: each part as a value, and as an entry of a list."""

    def __init__(self, notes: dict[str, dict[str, str]]) -> None:
        self.notes = notes
        self.noted = {"ways"}
        self.wrong: list[str] = []
        self.names: dict[str, str] = {}
        self.definitions: dict[str, Node] = {_APART: _ONE_VALUE}

    def root(self, plain: Node, shapes: list[str]) -> Node:
        """The whole file of the shapes of one model."""
        models = plain.get("$defs", {})
        name = plain["$ref"].rpartition("/")[2] if "$ref" in plain else plain["title"]
        part = self._part(name, models.get(name, plain), models)
        part["properties"]["shape"] |= {"enum": shapes}
        varied = {key: value for key, value in part["properties"].items() if key not in _FIXED - {"versions"}}
        year = {"type": "object", "description": self.notes["ways"]["year"], "properties": varied}
        part["properties"]["year"] = {**year, "additionalProperties": False}
        return part

    def _part(self, name: str, plain: Node, models: Node) -> Node:
        """A part with its notes; its fields may vary, but for those that are read before."""
        notes, self_note = self._notes_of(name, plain), self.notes.get(name, {}).get("_")
        fields = {}
        for field, node in plain["properties"].items():
            if field in _OURS.get(name, ()):
                continue
            made = self._node(node, models, f"{name}.{field}")
            is_fixed = "const" in made or (name == "Scheme" and field in _FIXED)
            made = dict(made) if is_fixed else self._varied(made, f"{name}.{field}")
            fields[field] = {**made, "description": notes.get(field, "")}
        required = [field for field in plain.get("required", []) if field in fields]
        part: Node = {"description": self_note} if self_note else {}
        part |= {"type": "object", "properties": fields, "additionalProperties": False}
        return part | ({"required": required} if required else {})

    def _notes_of(self, name: str, plain: Node) -> dict[str, str]:
        notes, fields = self.notes.get(name, {}), set(plain["properties"]) - _OURS.get(name, set())
        self.noted.add(name)
        self.wrong += [f"{name}.{field} has no note" for field in sorted(fields - notes.keys())]
        self.wrong += [f"{name}.{field} is no field" for field in sorted(notes.keys() - fields - {"_"})]
        return notes

    def _node(self, plain: Node, models: Node, where: str, *, is_entry: bool = False) -> Node:
        """A value as the file writes it."""
        if "$ref" in plain:
            return {"$ref": _REF + self._model(plain["$ref"].rpartition("/")[2], models, is_entry=is_entry)}
        made = {key: value for key, value in plain.items() if key not in ("title", "default", "discriminator")}
        for word in ("anyOf", "oneOf"):
            if word in made:
                options = [self._node(one, models, where, is_entry=is_entry) for one in made[word]]
                made[word] = list({json.dumps(one): one for one in options}.values())
        if "items" in made:
            entry = self._node(made["items"], models, f"{where}.item", is_entry=True)
            made["items"] = self._varied(entry, f"{where}.item")
        if isinstance(made.get("additionalProperties"), dict):
            value = self._node(made["additionalProperties"], models, f"{where}.value")
            made["additionalProperties"] = self._varied(value, f"{where}.value")
        return made

    def _model(self, name: str, models: Node, *, is_entry: bool) -> str:
        """The name of a part's definition; as an entry of a list it may stand in some versions, periods, groups only."""
        key = f"{name}.entry" if is_entry else name
        if key not in self.definitions:
            self.definitions[key] = {}  # parts that name themselves find it
            part = self._part(name, models[name], models)
            if is_entry:
                texts = {"type": "array", "items": {"type": "string"}}
                ways = {way: {**texts, "description": self.notes["ways"][way]} for way in _STANDS}
                part["properties"] = {**part["properties"], **ways}
            self.definitions[key] = part
        return key

    def _varied(self, value: Node, where: str) -> Node:
        """The value, or one for each version, period or group, and so on within."""
        name = self.names.setdefault(json.dumps(value), value.get("$ref", where).removeprefix(_REF) + ".or_by")
        if name not in self.definitions:
            own = {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": _REF + name}}
            ways = {way: {"description": self.notes["ways"][way], **own} for way in _VARIES}
            self.definitions[name] = {"if": {"$ref": _REF + _APART}, "then": {"properties": ways}, "else": value}
        return {"$ref": _REF + name}


def _page(node: Any, indent: int = 0) -> str:
    """JSON, what is short on one line."""
    short = json.dumps(node, ensure_ascii=False)
    if len(short) + indent <= _WIDTH or not isinstance(node, dict | list) or not node:
        return short
    pad, end = "\n" + " " * (indent + 1), "\n" + " " * indent
    if isinstance(node, list):
        return f"[{pad}" + f",{pad}".join(_page(one, indent + 1) for one in node) + f"{end}]"
    said = (f"{json.dumps(key, ensure_ascii=False)}: {_page(value, indent + 1)}" for key, value in node.items())
    return f"{{{pad}" + f",{pad}".join(said) + f"{end}}}"


if __name__ == "__main__":
    write_or_check("schema/system.json", schema, __doc__)
