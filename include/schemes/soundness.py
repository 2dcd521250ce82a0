"""What is wrong with a scheme beyond its shape: references, weights, grades, options, doubled keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from include.data_files import Part
from include.period import Period
from include.schemes.indicators import Indicator, marks_of
from include.schemes.inputs import Input
from include.schemes.judging import judging_problems
from include.schemes.lines import Flaw, Place
from include.schemes.model import Scheme
from include.schemes.references import references
from include.schemes.subjects import BY_KIND
from include.subject_kinds import subject_kinds

_ROLES = {True: "检查点", False: "单独的期间"}


def problems_of(scheme: Scheme) -> list[str]:
    """What is wrong with a scheme beyond its shape, each a Chinese sentence; empty where it is sound."""
    problems: list[str] = []
    known = {cell.key for cell in scheme.cells} | {cell.group for cell in scheme.cells if cell.group}
    known |= {one.key for one in scheme.inputs}
    forms = {form.key for form in scheme.forms}

    def refer(part: Part, where: str, *also: str, place: Place = ()) -> None:
        """`also`: what else than a figure may be named."""
        unknown = [key for key in references(part) if key not in known and key not in also]
        problems.extend(Flaw(f"{where}：引用了不存在的填报项“{key}”", *place) for key in unknown)

    form_of = {cell.key: cell.form for cell in scheme.all_cells}

    def stay_in_one_form(part: Part, where: str, *own: str) -> None:
        """Forms are judged one by one as they arrive: the figures of another are not at hand."""
        named = {form_of[key] for key in references(part) if key in form_of} | set(own)
        if len(named) > 1:
            problems.append(
                f"{where}：引用的填报项分属几张表单（{'、'.join(sorted(named))}），只能核对同一张表单内的填报项"
            )

    for cell in scheme.all_cells:
        if cell.form not in forms:
            problems.append(f"填报项 {cell.key}：所属表单“{cell.form}”不存在")
        if cell.type == "choice" and not cell.options:
            problems.append(f"填报项 {cell.key}：choice 类型需要 options")
        if cell.optional_when is not None:
            refer(cell.optional_when, f"填报项 {cell.key}")
            stay_in_one_form(cell.optional_when, f"填报项 {cell.key}", cell.form)
    for check in scheme.all_checks:
        known_to_checks = known | scheme.columns.keys()
        problems.extend(
            f"校验 {check.code}：引用了不存在的填报项“{key}”" for key in references(check) if key not in known_to_checks
        )
        stay_in_one_form(check, f"校验 {check.code}")
    for evidence in scheme.evidence:
        refer(evidence, f"佐证材料 {evidence.name}")
    if not scheme.forms and not scheme.parts:
        problems.append("forms：至少要有一张表单")
    areas = {area.code: Decimal(0) for area in scheme.areas}
    for indicator in scheme.indicators:
        where = f"指标 {indicator.code}"
        refer(indicator, where, *scheme.names, place=("indicators", indicator.code))
        area = next((code for code in areas if indicator.code.startswith(code)), None)
        if area is not None:
            areas[area] += indicator.full
        elif not indicator.is_bonus and not scheme.parts:
            problems.append(f"{where}：编码不属于任何一个板块")
        points = sum((marks_of(rule) for rule in indicator.rules if rule.kind != "capped_bonus"), Decimal(0))
        if points != indicator.full:
            problems.append(f"{where}：各规则分值之和为 {points}，与满分 {indicator.full} 不符")
        problems.extend(f"{where}：{problem}" for problem in _option_problems(scheme, indicator))
    for area_part in scheme.areas:
        if areas[area_part.code] != area_part.full:
            problems.append(
                f"板块 {area_part.code}：指标满分之和为 {areas[area_part.code]}，与规定的 {area_part.full} 不符"
            )
    total = sum((indicator.full for indicator in scheme.indicators), Decimal(0))
    if scheme.parts and (scheme.forms or len(scheme.parts) != len(scheme.indicators)):
        problems.append("由各期总分合成的方案不能另有表单或其他指标")
    if total != scheme.score.total and not scheme.parts:
        problems.append(f"指标权重之和为 {total}，应为 {scheme.score.total}")
    for part, where, place in (
        *((one, f"问题 {one.code}", ("defects", one.code)) for one in scheme.defects),
        *((one, f"类别“{one.name}”", ("classes", one.name)) for one in scheme.classes),
    ):
        refer(part, where, place=place)
    problems.extend(judging_problems(scheme))
    problems.extend(_wording_problems(scheme, known))
    problems.extend(_official_problems(scheme))
    problems.extend(_rating_problems(scheme))
    problems.extend(_subject_problems(scheme))
    problems.extend(_calendar_problems(scheme))
    asked = {cell.form for cell in scheme.all_cells}
    problems.extend(f"表单 {form.key}：没有填报项，谁也填不了" for form in scheme.forms if form.key not in asked)
    for name, keys in {
        "填报项": [*(cell.key for cell in scheme.all_cells), *(one.key for one in scheme.inputs)],
        "指标": [indicator.code for indicator in scheme.indicators],
        "校验": [check.code for check in scheme.all_checks],
        "表单": [form.key for form in scheme.forms],
        "清单、表格和票数汇总": [
            *(part.key for part in scheme.checklists),
            *(part.key for part in scheme.repeats),
            *(part.key for part in scheme.tallies),
        ],
        "版本": [version.version for version in scheme.versions],
    }.items():
        problems.extend(f"{name}“{key}”重复" for key, count in Counter(keys).items() if count > 1)
    return problems


def _official_problems(scheme: Scheme) -> Iterator[str]:
    """A period that closes what it is not the end of, that the system does not have, or is two things at once."""
    official, year = scheme.official_periods, scheme.period.year
    for slot, closed in official.closes.items():
        last, whole = (Period.in_year(year, one) for one in (slot, closed))
        if last.months >= whole.months or last.end_date != whole.end_date:
            yield f"official_periods.closes：{slot} 不是 {closed} 的最后一段，不能代表 {closed}"
    for slot in [*official.only, *official.closes.values(), *official.checkpoints, *official.unranked]:
        if Period.in_year(year, slot).kind not in scheme.period_kinds:
            yield f"official_periods：period_kinds 里没有 {slot} 这样的期间"
    for slot in [*official.only, *official.checkpoints, *official.unranked]:
        if slot in official.closes:
            yield f"official_periods：{slot} 不能既是{_ROLES[slot in official.checkpoints]}，又代表 {official.closes[slot]}"
    if official.only:
        for name in ("checkpoints", "unranked"):
            for slot in getattr(official, name):
                if slot not in official.only:
                    yield f"official_periods.{name}：official_periods.only 里没有 {slot}"


def _calendar_problems(scheme: Scheme) -> Iterator[str]:
    """Days out of order, of the system and, where it is more, of each form with days of its own."""
    slot, usual = scheme.period.slot, list(scheme.calendar.disorder_in(scheme.period))
    yield from (f"calendar（{slot}）：{said}" for said in usual)
    for form in scheme.forms:
        own = scheme.calendar_of(form.key).disorder_in(scheme.period) if form.calendar else ()
        yield from (f"表单 {form.key} 的 calendar（{slot}）：{said}" for said in own if said not in usual)


def _rating_problems(scheme: Scheme) -> Iterator[str]:
    """Forms that rate without a column, or have what only a form about one subject can have; kinds that do not exist."""
    for form in scheme.forms:
        if form.rates is None:
            continue
        columns = scheme.columns_of(form.key)
        if not any(not column.is_optional for column in columns):
            yield f"评分表 {form.key}：至少要有一个必填的评分项（fields 里 form 写 {form.key}）"
        if any(column.group for column in columns):
            yield f"评分表 {form.key}：不能有清单、多行表格或分项的票数，每个对象只有一行"
    for one in scheme.inputs:
        yield from _own_input_problems(scheme, one)
    for tally in scheme.tallies:
        if tally.is_of_subjects and (tally.form or scheme.forms[0].key) not in scheme.rating_forms:
            yield f"票数汇总 {tally.key}：缺少 items 或 rows"


def _subject_problems(scheme: Scheme) -> Iterator[str]:
    """Kinds of subject that there are not, and ranks within groups that a system does not have."""
    kinds = subject_kinds().kinds
    for taking in scheme.subjects:
        if taking.kind not in kinds:
            yield f"subjects：没有“{taking.kind}”这种对象；可用：{'、'.join(kinds)}"
    if scheme.group_by == BY_KIND and not scheme.subjects:
        yield "group_by：按 kind 分组时，subjects 要写明有哪些对象"
    if scheme.rank is not None and scheme.rank.within == "group" and not scheme.group_by:
        yield "rank：没有 group_by，不能在组内排名"


def _own_input_problems(scheme: Scheme, one: Input) -> Iterator[str]:
    """Votes and ratings that an input reads and the system does not have."""
    source, where = one.from_, f"引用数 {one.key}"
    if source.tally:
        tally = next((each for each in scheme.tallies if each.key == source.tally), None)
        if tally is None:
            yield f"{where}：没有票数汇总“{source.tally}”"
        elif source.item not in tally.items and not (not source.item and (source.option or tally.is_of_subjects)):
            yield f"{where}：票数汇总 {tally.key} 没有评议项目“{source.item}”"
        elif source.option and source.option not in tally.options:
            yield f"{where}：票数汇总 {tally.key} 没有选项“{source.option}”"
    if source.ratings and source.ratings not in scheme.rating_forms:
        yield f"{where}：没有评分表“{source.ratings}”"
    elif source.ratings and source.field not in {column.key for column in scheme.columns_of(source.ratings)}:
        yield f"{where}：评分表 {source.ratings} 没有评分项“{source.field}”"


def _wording_problems(scheme: Scheme, known: set[str]) -> Iterator[str]:
    """What the circular is to speak of and the scheme does not have."""
    codes = {indicator.code for indicator in scheme.indicators}
    for code in scheme.praise.texts if scheme.praise else ():
        if code not in codes:
            yield f"praise：没有指标 {code}"
    for key in (scheme.innovation.count, scheme.innovation.names) if scheme.innovation else ():
        if key not in known:
            yield f"innovation：引用了不存在的填报项“{key}”"
    for grade in scheme.named_grades:
        if grade not in scheme.grades:
            yield f"named_grades：没有等次“{grade}”"


def _option_problems(scheme: Scheme, indicator: Indicator) -> Iterator[str]:
    """Options that a rule counts on and the form does not offer, or the other way round."""
    for rule in indicator.rules:
        if rule.kind == "checklist":
            options = {option for cell in scheme.group(rule.checklist) for option in cell.options}
            for option in (rule.present, rule.excluded):
                if option not in options:
                    yield f"选项“{option}”不在清单 {rule.checklist} 的选项中"
        elif rule.kind == "capped_bonus":
            cells = [cell for cell in scheme.group(rule.repeat) if cell.key.endswith(f"_{rule.by}")]
            levels = {option for cell in cells for option in cell.options}
            yield from (f"加分级别“{level}”没有分值" for level in sorted(levels - rule.points_each.keys()))
            yield from (f"加分级别“{level}”不在表单中" for level in sorted(rule.points_each.keys() - levels))
