"""What is wrong with a scheme beyond its shape: references, weights, grades, options, doubled keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from include.data_files import Part
from include.period import Period
from include.schemes.document_problems import document_problems
from include.schemes.fields import FormField
from include.schemes.fillable import fillable_problems
from include.schemes.indicators import Indicator, marks_of
from include.schemes.judging import judging_problems
from include.schemes.lines import Flaw, Place
from include.schemes.model import SHAPES, Scheme
from include.schemes.references import references
from include.schemes.series_problems import series_problems
from include.schemes.statistics_problems import statistics_problems
from include.schemes.system import SCORED

_SCORING = (
    "score", "missing", "areas", "indicators", "defects", "classes", "unscored_class", "praise", "named_grades", "rank",
)  # fmt: skip
_UNSCORED = "、".join(shape for shape in SHAPES if shape != SCORED)
_ROLES = {True: "检查点", False: "单独的期间"}


def problems_of(scheme: Scheme) -> list[Flaw]:
    """What is wrong with a scheme beyond its shape, each a Chinese sentence with its place; empty where it is sound."""
    known = {cell.key for cell in scheme.cells} | {cell.group for cell in scheme.cells if cell.group}
    known |= {one.key for one in scheme.inputs}
    if unlike := list(_shape_problems(scheme)):
        return unlike
    is_judged = scheme.is_scored and not scheme.is_of_sheets
    return [
        *_form_problems(scheme, known),
        *(_weight_problems(scheme, known) if is_judged else ()),
        *(judging_problems(scheme) if is_judged else ()),
        *document_problems(scheme),
        *statistics_problems(scheme),
        *_wording_problems(scheme, known),
        *_official_problems(scheme),
        *fillable_problems(scheme),
        *_calendar_problems(scheme),
        *series_problems(scheme),
        *_proposal_problems(scheme),
        *_doubled(scheme),
    ]


def _shape_problems(scheme: Scheme) -> Iterator[Flaw]:
    """A scored system without what scores it, or one that is not scored with some of that."""
    said = scheme.model_fields_set & set(_SCORING)
    if scheme.is_scored:
        for name in ("score", "missing", "indicators"):
            if name not in said:
                yield Flaw(f"{name}：缺少这个字段；不计分的制度请写 shape（{_UNSCORED}）", name)
        for name in ("window_starts", "circular"):
            if getattr(scheme.calendar, name) is None:
                yield Flaw(f"calendar.{name}：缺少这个字段", "calendar")
    else:
        for name in sorted(said):
            yield Flaw(f"{name}：shape 是 {scheme.shape} 的制度不计分，不能写这个字段", name)
        if scheme.has_circular and scheme.calendar.circular is None:
            yield Flaw("calendar.circular：缺少这个字段；有通报的制度要写哪天印发", "calendar")
    if scheme.has_circular:
        for name in ("document_title", "owner_title"):
            if not getattr(scheme, name):
                yield Flaw(f"{name}：缺少这个字段", name)


def _unknown(part: Part, where: str, known: set[str], *place: str) -> Iterator[Flaw]:
    for key in references(part):
        if key not in known:
            yield Flaw(f"{where}：引用了不存在的填报项“{key}”", *place)


def _form_problems(scheme: Scheme, known: set[str]) -> Iterator[Flaw]:
    """Cells, checks and evidence: of forms that there are, and each within one form."""
    forms = {form.key for form in scheme.forms}
    form_of = {cell.key: cell.form for cell in scheme.all_cells}

    def in_several(part: Part, where: str, place: Place, *own: str) -> Iterator[Flaw]:
        """Forms are judged one by one as they arrive: the figures of another are not at hand."""
        named = {form_of[key] for key in references(part) if key in form_of} | set(own)
        if len(named) > 1:
            yield Flaw(
                f"{where}：引用的填报项分属几张表单（{'、'.join(sorted(named))}），只能核对同一张表单内的填报项", *place
            )

    for cell in scheme.all_cells:
        where, place = f"填报项 {cell.key}", _place_of(scheme, cell)
        if cell.form not in forms:
            yield Flaw(f"{where}：所属表单“{cell.form}”不存在", *place)
        if cell.type == "choice" and not cell.options:
            yield Flaw(f"{where}：choice 类型需要 options", *place)
        if cell.optional_when is not None:
            yield from _unknown(cell.optional_when, where, known, *place)
            yield from in_several(cell.optional_when, where, place, cell.form)
    for check in scheme.all_checks:
        yield from _unknown(check, f"校验 {check.code}", known | scheme.columns.keys(), "checks", check.code)
        yield from in_several(check, f"校验 {check.code}", ("checks", check.code))
    for evidence in scheme.evidence:
        asked = {*scheme.rating_forms} if evidence.below is not None else known
        yield from _unknown(evidence, f"佐证材料 {evidence.name}", asked, "evidence", evidence.name)


def _place_of(scheme: Scheme, cell: FormField) -> tuple[str, ...]:
    """Where a cell is written: a field by itself, a cell of a checklist, a table of rows or a tally with that."""
    sections = {
        **{one.key: "checklists" for one in scheme.checklists},
        **{one.key: "repeats" for one in scheme.repeats},
        **{one.key: "tallies" for one in scheme.tallies},
    }
    return (sections[cell.group], cell.group) if cell.group in sections else ("fields", cell.key)


def _weight_problems(scheme: Scheme, known: set[str]) -> Iterator[Flaw]:
    """Indicators, areas, defects and classes: what they read, and whether their full marks add up."""
    areas = {area.code: Decimal(0) for area in scheme.areas}
    for indicator in scheme.indicators:
        where, place = f"指标 {indicator.code}", ("indicators", indicator.code)
        yield from _unknown(indicator, where, known | scheme.names.keys(), *place)
        area = next((code for code in areas if indicator.code.startswith(code)), None)
        if area is not None:
            areas[area] += indicator.full
        elif not indicator.is_bonus and not scheme.parts:
            yield Flaw(f"{where}：编码不属于任何一个板块", *place)
        points = sum((marks_of(rule) for rule in indicator.rules if rule.kind != "capped_bonus"), Decimal(0))
        if points != indicator.full:
            yield Flaw(f"{where}：各规则分值之和为 {points}，与满分 {indicator.full} 不符", *place)
        yield from (Flaw(f"{where}：{problem}", *place) for problem in _option_problems(scheme, indicator))
    for part in scheme.areas:
        if areas[part.code] != part.full:
            said = f"板块 {part.code}：指标满分之和为 {areas[part.code]}，与规定的 {part.full} 不符"
            yield Flaw(said, "areas", part.code)
    total = sum((indicator.full for indicator in scheme.indicators), Decimal(0))
    if scheme.parts and (scheme.forms or len(scheme.parts) != len(scheme.indicators)):
        yield Flaw("由各期总分合成的方案不能另有表单或其他指标", "indicators")
    if total != scheme.score.total and not scheme.parts:
        yield Flaw(f"指标权重之和为 {total}，应为 {scheme.score.total}", "score", "total")
    for defect in scheme.defects:
        yield from _unknown(defect, f"问题 {defect.code}", known, "defects", defect.code)
    for one in scheme.classes:
        yield from _unknown(one, f"类别“{one.name}”", known, "classes", one.name)


def _doubled(scheme: Scheme) -> Iterator[Flaw]:
    for name, section, keys in (
        ("填报项", "fields", [cell.key for cell in scheme.all_cells] + [one.key for one in scheme.inputs]),
        ("指标", "indicators", [indicator.code for indicator in scheme.indicators]),
        ("校验", "checks", [check.code for check in scheme.all_checks]),
        ("行校验", "row_checks", [check.code for check in scheme.row_checks]),
        ("整表校验", "set_checks", [check.code for check in scheme.set_checks]),
        ("表单", "forms", [form.key for form in scheme.forms]),
        (
            "清单、表格和票数汇总",
            "",
            [
                *(one.key for one in scheme.checklists),
                *(one.key for one in scheme.repeats),
                *(one.key for one in scheme.tallies),
            ],
        ),
        ("版本", "versions", [version.version for version in scheme.versions]),
    ):
        for key, count in Counter(keys).items():
            if count > 1:
                yield Flaw(f"{name}“{key}”重复", *((section, key) if section else ()))


def _official_problems(scheme: Scheme) -> Iterator[Flaw]:
    """A period that closes what it is not the end of, that the system does not have, or is two things at once."""
    official, year = scheme.official_periods, scheme.period.year
    for slot, closed in official.closes.items():
        last, whole = (Period.in_year(year, one) for one in (slot, closed))
        if last.months >= whole.months or last.end_date != whole.end_date:
            said = f"official_periods.closes：{slot} 不是 {closed} 的最后一段，不能代表 {closed}"
            yield Flaw(said, "official_periods", "closes", slot)
    place = ("official_periods",)
    named = [*official.checkpoints, *official.unranked, *official.without_circular]
    for slot in [*official.only, *official.on_demand, *official.closes.values(), *named]:
        if Period.in_year(year, slot).kind not in scheme.period_kinds:
            yield Flaw(f"official_periods：period_kinds 里没有 {slot} 这样的期间", *place)
    for slot in [*official.only, *named]:
        if slot in official.closes:
            role = _ROLES[slot in official.checkpoints]
            yield Flaw(f"official_periods：{slot} 不能既是{role}，又代表 {official.closes[slot]}", *place)
    if official.only:
        for name in ("checkpoints", "unranked", "without_circular"):
            for slot in getattr(official, name):
                if slot not in official.only:
                    yield Flaw(f"official_periods.{name}：official_periods.only 里没有 {slot}", *place, name)


def _calendar_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Days out of order, of the system and, where it is more, of each form with days of its own."""
    slot, usual = scheme.period.slot, list(scheme.calendar.disorder_in(scheme.period))
    yield from (Flaw(f"calendar（{slot}）：{said}", "calendar") for said in usual)
    for form in scheme.forms:
        own = scheme.calendar_of(form.key).disorder_in(scheme.period) if form.calendar else ()
        yield from (
            Flaw(f"表单 {form.key} 的 calendar（{slot}）：{said}", "forms", form.key, "calendar")
            for said in own
            if said not in usual
        )


def _proposal_problems(scheme: Scheme) -> Iterator[Flaw]:
    """Sheets and columns that a proposal of a step names, and that there are not in a period that has the sheet."""
    for kind, step in [(each, step) for each in scheme.kinds_of_items.values() for step in each.steps]:
        one = step.proposes
        if one is None:
            continue
        named = {one.of: [one.unit, one.capacity, *one.same]}
        if one.pairs is not None:
            named[one.pairs.of] = [one.pairs.unit, one.pairs.paired_with]
        for form, keys in named.items():
            has = {column.key for column in scheme.columns_of(form)} if form in scheme.row_forms else None
            missing = [form] if has is None else [key for key in keys if key not in has]
            for key in missing:
                where = f"item_kinds：{kind.name}的环节“{step.step}”，proposes"
                yield Flaw(f"{where} 引用了不存在的表单或栏“{key}”", "item_kinds")


def _wording_problems(scheme: Scheme, known: set[str]) -> Iterator[Flaw]:
    """What the circular is to speak of and the scheme does not have."""
    codes = {indicator.code for indicator in scheme.indicators}
    for code in scheme.praise.texts if scheme.praise else ():
        if code not in codes:
            yield Flaw(f"praise：没有指标 {code}", "praise", "texts", code)
    for key in (scheme.innovation.count, scheme.innovation.names) if scheme.innovation else ():
        if key not in known:
            yield Flaw(f"innovation：引用了不存在的填报项“{key}”", "innovation")
    for grade in scheme.named_grades:
        if grade not in scheme.grades:
            yield Flaw(f"named_grades：没有等次“{grade}”", "named_grades", grade)


def _option_problems(scheme: Scheme, indicator: Indicator) -> Iterator[str]:
    """Options that a rule counts on and the form does not offer, or the other way round."""
    for rule in indicator.rules:
        if rule.kind == "checklist":
            options = {option for cell in scheme.group(rule.checklist) for option in cell.options}
            for option in (rule.present, rule.excluded):
                if option is not None and option not in options:
                    yield f"选项“{option}”不在清单 {rule.checklist} 的选项中"
        elif rule.kind == "capped_bonus":
            cells = [cell for cell in scheme.group(rule.repeat) if cell.key.endswith(f"_{rule.by}")]
            levels = {option for cell in cells for option in cell.options}
            yield from (f"加分级别“{level}”没有分值" for level in sorted(levels - rule.points_each.keys()))
            yield from (f"加分级别“{level}”不在表单中" for level in sorted(rule.points_each.keys() - levels))
