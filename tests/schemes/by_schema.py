"""What an editor refuses by docs/schema/system.json."""

from __future__ import annotations

import json
from typing import Any

import jsonschema

from include.settings import REPO

SCHEMA = jsonschema.Draft7Validator(json.loads((REPO / "docs/schema/system.json").read_text(encoding="utf-8")))


def refused_by_schema(tree: Any) -> list[str]:
    return [error.message for error in SCHEMA.iter_errors(tree)]
