"""Write docs/INDICATORS.md from the schemes and the docstrings of the rules; wording in ops/indicators.yaml."""

from __future__ import annotations

import functools
import inspect
from decimal import Decimal
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from include.period import Period, chinese_date
from include.schemes.conditions import PROBLEMS, TOTAL, Condition, Limit, Multiple, Target
from include.schemes.indicators import Indicator
from include.schemes.loader import find_scheme, load_scheme, own_periods, path_of, scheme_keys, scheme_names
from include.schemes.model import Scheme
from include.scoring.figures import plain
from include.scoring.rules import RULES
from include.scoring.sources import name_of
from include.settings import REPO
from ops.pages import cell, write_or_check

_INDICATOR_COLUMNS = ["编码", "指标", "填报项", "计分", "满分", "不适用", "列为问题 → 问题 → 整改期限"]
_ORDER = ("year", "half", "quarter", "month")  # the first of them stands whole, the others by what differs


def page() -> str:
    """The page: every scheme that is scored in its newest version, then the kinds of rule."""
    parts = [_texts()["head"].rstrip()]
    for key in scheme_keys():
        if load_scheme(key, _newest_period(key)).is_scored:
            parts += _scheme_part(key)
    return "\n\n".join([*parts, *_kinds_part()]) + "\n"


def _scheme_part(key: str) -> list[str]:
    newest, *older = reversed(load_scheme(key, _newest_period(key)).versions)
    schemes = {one.period.slot: one for one in _collected(key, Period.parse(newest.effective_from).year)}
    main, scheme = next(iter(schemes.items()))
    parts = [f"## {scheme.name}", f"依据《{scheme.title}》（{scheme.version}年版）。来源：{scheme.reference}。"]
    parts.append(_lines_about(scheme))
    parts.append("\n".join([*(_calendar(dated) for dated in schemes.values()), *_year(scheme)]))
    for area in scheme.areas:
        parts.append(f"### {area.code} {area.name}（{plain(area.full)} 分）")
        parts.append(_area_table(scheme, area.code))
    bonus = [indicator for indicator in scheme.indicators if indicator.is_bonus]
    parts += ["### 加分", _indicator_table(scheme, bonus)] if bonus else []
    for group in scheme.checklists:
        parts.append(f"{group.name}共 {len(group.items)} 项：{'、'.join(group.items)}。")
    parts += _differences("### 其他期间的不同", {_texts()["periods"][slot]: one for slot, one in schemes.items()})
    for version in older:
        dated = load_scheme(key, Period.in_year(Period.parse(version.effective_from).year, main))
        names = {f"{scheme.version} 年版": scheme, f"{version.version} 年版": dated}
        parts += _differences(f"### 与 {version.version} 年版的不同", names)
    return parts


def _kinds_part() -> list[str]:
    """Each kind of rule by the last paragraph of its docstring."""
    rows = []
    for kind, rule in RULES.items():
        meaning = (inspect.getdoc(rule) or "").split("\n\n")[-1].replace("\n", "")
        rows.append([_texts()["kinds"][kind], f"`{kind}`", meaning])
    return [
        "## 计分规则的种类",
        "目标数为 0 视为已达到；基数为 0 时比率按 0 计。",
        _table(["种类", "代号", "含义"], rows),
    ]


def _newest_period(key: str) -> Period:
    tree = yaml.safe_load(path_of(key).read_text(encoding="utf-8"))
    return max(Period.parse(version["effective_from"]) for version in tree["versions"])


def _collected(key: str, year: int) -> list[Scheme]:
    """The system in each of its periods of a year for which forms are handed in; of one that only reads others, in all of them."""
    own = sorted(own_periods(key, year), key=lambda period: _ORDER.index(period.kind))
    schemes = [load_scheme(key, period) for period in own]
    return [scheme for scheme in schemes if scheme.forms] or schemes


def _lines_about(scheme: Scheme) -> str:
    names = {"score": scheme.score, "grades": scheme.score.grades, "missing": scheme.missing}
    if not scheme.score.grades:
        del names["grades"]
    if scheme.defects:
        names["defects"] = [
            (one.code, _condition(scheme, one.when), one.text, one.deadline_working_days) for one in scheme.defects
        ]
    about = [
        _render(scheme, _texts()[name], lateness=_lateness(scheme), unscored=scheme.unscored_class, **{name: part})
        for name, part in names.items()
    ]
    about += [_lines_of_classes(scheme)] if scheme.classes else []
    about += [_render(scheme, _texts()["ranks"], scope=scheme.scope, group_by=scheme.group_by), _texts()["received"]]
    about += [_texts()["quarters"]] if scheme.official_periods.checkpoints else []
    return "\n".join(f"- {line.strip()}" for line in about)


def _lateness(scheme: Scheme) -> str:
    return _render(scheme, _texts()["lateness"], lateness=scheme.score.lateness)


def _calendar(scheme: Scheme) -> str:
    dates = [chinese_date(day) for day in scheme.dates.model_dump().values()]
    facts = {"period": scheme.period.name, "dates": dates, "is_checkpoint": scheme.is_checkpoint}
    return "- " + _render(scheme, _texts()["calendar"], **facts)


def _year(scheme: Scheme) -> list[str]:
    """How the year's result comes about, where the scheme has one."""
    year = find_scheme(scheme.scheme, Period.in_year(scheme.period.year, "Y"))
    if year is None or not year.is_of_results:
        return []
    facts = {
        "parts": [part.name for part in year.made_of] or [scheme_names()[key] for key in dict(year.sources)],
        "before": year.period.previous.name,
        "has_circular": year.has_circular,
    }
    if year.parts:
        classes = [_lines_of_classes(year)] if year.classes else []
        said = _render(year, _texts()["year"], period=year.period.name, has_classes=bool(year.grades), **facts)
        return [f"- {line}" for line in (said, *classes)]
    said = _render(year, _texts()["year_of_results"], period=year.period.name, **facts)
    by_group: dict[str, list[str]] = {}
    for group, variant in (year.variants or {"": year}).items() if year.classes else ():
        by_group.setdefault(_lines_of_classes(variant), []).append(group)
    classes = [f"{'、'.join(groups)}{'：' if groups[0] else ''}{line}" for line, groups in by_group.items()]
    return [f"- {line}" for line in (said, *classes)]


def _lines_of_classes(scheme: Scheme) -> str:
    classes = [(one.name, _condition(scheme, one.when) if one.when else "") for one in scheme.classes]
    return _render(scheme, _texts()["classes"], classes=classes, unscored=scheme.unscored_class).strip()


def _area_table(scheme: Scheme, area: str) -> str:
    """The indicators of an area; one that only some groups have is named with them."""
    rows: dict[tuple[str, ...], list[str]] = {}
    variants = scheme.variants or {"": scheme}
    for group, variant in variants.items():
        for indicator in variant.indicators:
            if indicator.code.startswith(area):
                rows.setdefault(tuple(_indicator_row(variant, indicator)), []).append(group)
    table = [
        [row[0], row[1] + (f"（{'、'.join(groups)}）" if len(groups) < len(variants) else ""), *row[2:]]
        for row, groups in rows.items()
    ]
    return _table(_INDICATOR_COLUMNS, table)


def _indicator_table(scheme: Scheme, indicators: list[Indicator]) -> str:
    return _table(_INDICATOR_COLUMNS, [_indicator_row(scheme, indicator) for indicator in indicators])


def _indicator_row(scheme: Scheme, indicator: Indicator) -> list[str]:
    groups = {key: f"{name}（{len(scheme.group(key))} 格）" for key, name in _groups(scheme).items()}
    cells = [scheme.cell[key] for key in scheme.figures_of[indicator.code]]
    figures = list(dict.fromkeys(groups.get(cell.group, cell.label) for cell in cells))
    return [
        indicator.code,
        indicator.name,
        "、".join(figures),
        _points(scheme, indicator),
        "加分" if indicator.is_bonus else plain(indicator.full),
        _condition(scheme, indicator.not_applicable_when) if indicator.not_applicable_when else "–",
        _problem(scheme, indicator),
    ]


def _differences(title: str, schemes: dict[str, Scheme]) -> list[str]:
    """A table of what the schemes say differently, a column each; nothing where they agree."""
    subjects: dict[str, list[str]] = {}
    for number, scheme in enumerate(schemes.values()):
        for subject, words in _sayings(scheme).items():
            subjects.setdefault(subject, ["–"] * len(schemes))[number] = words
    rows = [[subject, *words] for subject, words in subjects.items() if len(set(words)) > 1]
    return [title, _table(["项目", *schemes], rows)] if rows else []


def _sayings(scheme: Scheme) -> dict[str, str]:
    """What a scheme says of each indicator's points and problem, each figure's meaning, and of lateness."""
    said = {}
    for indicator in scheme.indicators:
        said[f"{indicator.code} {indicator.name}：计分"] = _points(scheme, indicator)
        for problem in indicator.all_problems:
            conditions = [_condition(scheme, condition) for condition in problem.any]
            named = f"{problem.code or indicator.code} {indicator.name}"
            said[f"{named}：列为问题"] = "，或".join(conditions)
            said[f"{named}：问题"] = problem.text
            if problem.deadline_working_days:
                said[f"{named}：整改期限"] = f"{problem.deadline_working_days} 个工作日"
    said |= {f"{field.label}：口径": field.help for field in scheme.fields if field.help}
    return said | {"迟报": _lateness(scheme)}


def _points(scheme: Scheme, indicator: Indicator) -> str:
    rules = [_render(scheme, _texts()["rules"][rule.kind], rule=rule) for rule in indicator.rules]
    return "；".join(rules)


def _problem(scheme: Scheme, indicator: Indicator) -> str:
    said = [
        _render(scheme, _texts()["problem"], problem=one, conditions=[_condition(scheme, part) for part in one.any])
        for one in indicator.all_problems
    ]
    return "；".join(said) or "–"


def _condition(scheme: Scheme, condition: Condition) -> str:
    """Joined conditions in brackets where they stand within others."""
    joined = _texts()["joined"]
    parts = [_condition(scheme, one) for one in condition.parts]
    parts = [
        joined["group"].format(part) if one.parts else part for one, part in zip(condition.parts, parts, strict=True)
    ]
    if condition.not_ is not None:
        return str(joined["not"].format(parts[0]))
    if parts:
        return str(joined["any" if condition.any else "all"].join(parts))
    is_share = condition.score not in (TOTAL, PROBLEMS) if condition.score else condition.of is not None
    return _render(scheme, _texts()["condition"], condition=condition, share="share" if is_share else None)


def _render(scheme: Scheme, text: str, **facts: Any) -> str:
    elsewhere = {one.key: name_of(scheme, one) for one in scheme.inputs}

    def label(key: str) -> str:
        return scheme.cell[key].label if key in scheme.cell else elsewhere.get(key) or scheme.named(key)

    def percent(number: Decimal) -> str:
        return f"{plain(100 * number)}%"

    def target(wanted: Target) -> str:
        if not isinstance(wanted, Multiple):
            return plain(wanted)
        return label(wanted.of) if wanted.times == 1 else f"({plain(wanted.times)} × {label(wanted.of)})"

    def quotient(wanted: Limit, of: str | None) -> str:
        if isinstance(wanted, str):
            return f" {wanted}"
        text = percent(wanted) if of and isinstance(wanted, Decimal) else target(wanted)
        return f" {text}" if text[0].isdigit() else text

    helpers = {"label": label, "number": plain, "percent": percent, "target": target, "quotient": quotient}
    facts |= {"group": _groups(scheme).__getitem__}
    return _template(text).render(**helpers, **facts)


def _groups(scheme: Scheme) -> dict[str, str]:
    """Names of the checklists, repeats and tallies by key."""
    return {key: part.name for key, part in scheme.groups.items()}


def _table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *[[cell(text) for text in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@functools.cache
def _template(text: str) -> Template:
    return SandboxedEnvironment(undefined=StrictUndefined).from_string(" ".join(text.split()))


@functools.cache
def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load((REPO / "ops/indicators.yaml").read_text(encoding="utf-8"))
    return texts


if __name__ == "__main__":
    write_or_check("INDICATORS.md", page, __doc__)
