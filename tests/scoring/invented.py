"""Systems of the tests' own invention, each the YAML of one: what a rule does is read in it at a glance."""

from __future__ import annotations

from typing import Any

import yaml

from include.period import Period
from include.schemes.loader import parse_scheme
from include.schemes.model import Scheme

_DAYS = {"opens": 1, "due": 20, "window_starts": 21, "window_ends": 25, "circular": 28}


def tree_of(**parts: Any) -> dict[str, Any]:
    """A system that is sound but for what `parts` says: one form, of one figure a field, an area an indicator."""
    tree: dict[str, Any] = {
        "scheme": "invented",
        "name": "试评",
        "title": "试评办法",
        "document_title": "关于{period}试评的通报",
        "owner_title": "党组织书记",
        "period_kinds": ["half", "year"],
        "versions": [{"version": "2026", "effective_from": "2026H1"}],
        "calendar": {name: {"months_after_end": 1, "day": day} for name, day in _DAYS.items()},
        "score": {"total": 100, "maximum": 100},
        "missing": {"code": "S0", "problem": "未按时报送", "deadline_working_days": 15},
        "forms": [{"key": "main", "name": "试评表", "filled_by": "community"}],
        **parts,
    }
    areas = [{name: one[name] for name in ("code", "name", "full")} for one in tree["indicators"]]
    return {**tree, "areas": tree.get("areas", areas)}


def count(key: str, label: str, unit: str = "次") -> dict[str, Any]:
    return {"key": key, "label": label, "type": "count", "unit": unit}


def rated(code: str, name: str, full: int = 20, **also: Any) -> dict[str, Any]:
    """An indicator that gives what is reported, up to its full marks."""
    rule = {"kind": "pro_rata", "points": full, "figure": code.lower(), "target": full, "reference": "default"}
    return {"code": code, "name": name, "full": full, "rules": [rule], "reference": "default", **also}


def rating(code: str, name: str) -> dict[str, Any]:
    return {"key": code.lower(), "label": name, "type": "decimal", "unit": "分"}


def text_of(tree: dict[str, Any]) -> str:
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)


def scheme_of(period: str = "2026H1", **parts: Any) -> Scheme:
    return parse_scheme(text_of(tree_of(**parts)), "试评.yaml", Period.parse(period))
