"""How a document calls who speaks and whom it is about, and who of them may be named in public."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable

from sqlalchemy import Connection

from include.circulars.circular import Called, Circular, Counts
from include.documents.model import Spoken
from include.registry.offices import office_of, scope_name
from include.registry.units import Unit
from include.schemes.model import Scheme
from include.subject_kinds import SubjectKind, subject_kinds


def spoken(connection: Connection, scheme: Scheme, scope_code: str) -> Spoken:
    """By the office of a street or county, as it is called on the period's last day."""
    street = scope_name(connection, scope_code, scheme.period.end_date)
    office = office_of(scope_code, street)
    return {
        "scheme": scheme.scheme,
        "scheme_name": scheme.name,
        "scheme_title": scheme.title,
        "scheme_version": scheme.version,
        "period": str(scheme.period),
        "period_name": scheme.period.name,
        "street": street,
        "street_code": scope_code,
        "committee_name": office.committee_name,
        "sign_name": office.sign_name,
        "printed_by": office.printed_by,
    }


def kinds_of(scheme: Scheme, without: Container[str] = ()) -> list[SubjectKind]:
    """The kinds that take part, where the system says so; else none."""
    known = subject_kinds()
    return [known.of(kind) for kind in dict.fromkeys(one.kind for one in scheme.subjects) if kind not in without]


def called(kinds: Iterable[SubjectKind], counted: Iterable[SubjectKind] = ()) -> Called:
    """Several kinds together: 社区和单位, 各社区党组织、各驻区单位党组织. `counted`: those of them that are spoken of, where it is addressed
    to more."""
    addressed = list(kinds)
    found = list(counted) or addressed
    counters = list(dict.fromkeys(one.counter for one in found))
    return {
        "noun": _joined(list(dict.fromkeys(one.noun for one in found))),
        "counter": counters[0] if len(counters) == 1 else "个",
        "addressee": "、".join(dict.fromkeys(one.addressee for one in addressed)),
        "owner_title": found[0].owner_title if len({one.owner_title for one in found}) == 1 else "党组织负责人",
    }


def whose_items(scheme: Scheme, said: Called) -> Called:
    """With whose items they are, where not everybody's who takes part has any, or where some are another's."""
    known = subject_kinds()
    found = [(one, known.of(one.kind)) for one in scheme.subjects]
    having = [(one, kind) for one, kind in found if (kind.items if one.has_items is None else one.has_items)]
    nouns = list(dict.fromkeys(kind.noun for _, kind in having))
    if having and len(having) < len(found):
        said["with_items"] = _joined(nouns)
    if any(one.owner or kind.owner for one, kind in having):
        said["owner"] = scheme.owner_title
    return said


def _joined(nouns: list[str]) -> str:
    """社区; 社区和单位; 小区、户和单位."""
    return "和".join(["、".join(nouns[:-1]), nouns[-1]] if len(nouns) > 1 else nouns)


def with_raters_apart(model: Circular, taking: Container[str]) -> Circular:
    """The circular in which who was only to rate others, and did not, is counted and listed by itself; `taking`: the codes of those
    who take part."""
    raters = [row for row in model["rows"] if row["unit_code"] not in taking]
    if not raters:
        return model
    for row in raters:
        row["is_rater"] = True
    counts = model["counts"].copy()
    apart: dict[str, list[str]] = {}
    for way, status in (("missing", "未报"), ("returned", "退回未改")):
        names = [row["unit"] for row in raters if row["status"] == status]
        left: Counter[str] = Counter(counts[way])  # type: ignore[literal-required]
        left.subtract(names)
        counts[way] = list(left.elements())  # type: ignore[literal-required]
        apart[way] = names
    counts["units"] -= len(raters)
    counts["raters"] = apart
    kept = model.copy()
    kept["counts"] = counts
    if "lists" in model:
        kept["lists"] = [one for one in model["lists"] if one["name"]]
    return kept


def without_private(model: Circular, units: Iterable[Unit]) -> Circular:
    """The circular without the names of those who may not be named in public; those who may where they are praised stay
    among the first and in the first class. Counts stay."""
    known = subject_kinds()
    kind_of = {unit.code: known.of(unit.kind).named_in_public for unit in units}
    if all(named is True for named in kind_of.values()):
        return model
    hidden = {code for code, named in kind_of.items() if named is not True}
    unpraised = {row["unit"] for row in model["rows"] if kind_of.get(row["unit_code"], True) is False}
    private = {row["unit"] for row in model["rows"] if row["unit_code"] in hidden}
    kept = model.copy()
    kept["rows"] = [row for row in model["rows"] if row["unit_code"] not in hidden]
    kept["items"] = [item for item in model["items"] if item["unit_code"] not in hidden]
    kept["counts"] = _counted(model["counts"], private)
    kept["first"] = [name for name in model["first"] if name not in unpraised]
    kept["grades"] = [
        {**grade, "units": [name for name in grade["units"] if name not in (unpraised if place == 0 else private)]}
        for place, grade in enumerate(model["grades"])
    ]
    kept["problems"] = [
        {
            **one,
            "units": [name for name in one["units"] if name not in private],
            "details": [entry for entry in one["details"] if entry["unit"] not in private],
        }
        for one in model["problems"]
    ]
    kept["problems"] = [one for one in kept["problems"] if one["units"]]
    kept["quoted"] = {key: [one for one in said if one["unit"] not in private] for key, said in model["quoted"].items()}
    kept["entries"] = {
        key: [one for one in said if one["unit"] not in private] for key, said in model["entries"].items()
    }
    kept["innovation"] = {
        **model["innovation"],
        "named": [one for one in model["innovation"]["named"] if one["unit"] not in private],
    }
    if "lists" in model:
        kept["lists"] = [
            {**one, "first": [name for name in one["first"] if name not in unpraised]} for one in model["lists"]
        ]
    return kept


def _counted(counts: Counts, private: set[str]) -> Counts:
    late = [one for one in counts["late"] if one["unit"] not in private]
    missing, returned = ([name for name in counts[way] if name not in private] for way in ("missing", "returned"))
    unnamed = {
        "late": len(counts["late"]) - len(late),
        "missing": len(counts["missing"]) - len(missing),
        "returned": len(counts["returned"]) - len(returned),
    }
    return {**counts, "late": late, "missing": missing, "returned": returned, "unnamed": unnamed}
