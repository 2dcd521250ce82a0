"""Load a scheme's YAML for one period, and say everything that is wrong with it at once."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import re
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from include.data_files import SYSTEM_FILE, files_of, kept, parse_yaml, read_text, read_yaml, system_folder, version_of
from include.errors import UserError
from include.period import Period
from include.schemes.graph import Others, Reads, input_problems, names_in, reads
from include.schemes.lines import at, with_lines
from include.schemes.model import SHAPES, Scheme
from include.schemes.periods import (
    all_slots,
    collected_only,
    is_elsewhere,
    on_demand,
    problems_of_periods,
    run_for,
    scored,
    sheet_slots,
    slots_of,
    without_absent_forms,
)
from include.schemes.soundness import problems_of
from include.schemes.subjects import groups_of, in_group, of_all, said_of_groups
from include.schemes.wrong_fields import remove, sentence
from include.settings import shared_folder, systems_folder

_log = logging.getLogger(__name__)
_KEY = re.compile(r"[A-Za-z0-9_]+")
_WHERE = ("in_versions", "in_periods")  # where an entry of a list stands
_OF_FORMS = {
    "areas", "forms", "fields", "checklists", "repeats", "tallies", "checks", "row_checks", "set_checks", "evidence", "indicators",
    "defects", "praise", "innovation",
}  # fmt: skip
_KINDS = {"month": "月", "quarter": "季度", "half": "半年", "year": "年度"}


class UnknownPeriodError(UserError):
    """A system, whose file is sound, has no such period: none of its kind, or none before its first version."""


def scheme_keys() -> list[str]:
    """Keys of all systems: the names of their folders, of which those that belong together may share one."""
    return sorted(
        path.parent.name for depth in ("*", "*/*") for path in files_of(systems_folder(), f"{depth}/{SYSTEM_FILE}")
    )


@kept
def default_system() -> str:
    """Key of the system that is meant where none is named."""
    return str(read_yaml(shared_folder() / "default.yaml")["system"])


def keys_default_first() -> list[str]:
    """Keys of all systems, first the one that is meant where none is named: where several fit, it goes before."""
    default = default_system()
    return sorted(scheme_keys(), key=lambda key: (key != default, key))


def path_of(key: str) -> Path:
    """The file of a system, whether there is one or not."""
    return system_folder(key) / SYSTEM_FILE


def name_of(path: Path) -> str:
    """The file as errors name it: half_year/system.yaml."""
    return f"{path.parent.name}/{path.name}"


def scheme_names() -> dict[str, str]:
    """The Chinese name of every scheme by its key; of one whose YAML cannot be read, the key."""
    return {key: _title_of(path_of(key)) for key in scheme_keys()}


def _title_of(path: Path) -> str:
    try:
        return str(_read(path, version_of(path))["name"])
    except (UserError, KeyError):
        return path.parent.name


def load_scheme(key: str, period: Period, group: str = "") -> Scheme:
    """The scheme in the version in force in `period`, with the period's values; of a `group`, with that group's.

    A period that closes another one is that one, as the system's official_periods say.
    Raises UserError, in Chinese and with all problems at once, for an unknown scheme and an unsound YAML;
    UnknownPeriodError for a kind of period that the scheme does not have and a period before its first version.
    """
    path, version = _found(key)
    return _load(path, version, period).of_group(group)


def find_scheme(key: str, period: Period) -> Scheme | None:
    """As `load_scheme`, for who looks through all systems; None where the system has no such period, or cannot be read.

    One that cannot be read stops nothing of the others: `unsound_systems` says what is wrong, and ops is told of that.
    """
    try:
        return load_scheme(key, period)
    except UnknownPeriodError:
        return None
    except UserError as error:
        _log.warning("%s", error)
        return None


def written_title(key: str) -> str:
    """The title of a system whatever its state and period; its key, where its file cannot be read."""
    with suppress(UserError):
        return str(tree_of(key).get("title", key))
    return key


def scored_period(key: str, period: Period) -> Period:
    """The period that a run of the system for this one scores (half a year for its last quarter), whether it has it or not.

    Raises UserError for an unknown scheme and a YAML that cannot be read.
    """
    return scored(tree_of(key), period)


def run_of(key: str, period: Period) -> Period:
    """The period that a scheduled run is named by which scores this one: 2026Q2 for 2026H1, else the period itself.

    Raises UserError as `scored_period`.
    """
    return run_for(tree_of(key), period)


def own_periods(key: str, year: int, *, with_sheets: bool = False) -> list[Period]:
    """The periods of a year that the system closes, in force or not, by their end, the shorter first; none where its YAML cannot be
    read. `with_sheets`: those, too, for which sheets are only collected."""
    try:
        slots = (all_slots if with_sheets else slots_of)(tree_of(key))
    except UserError as error:
        _log.warning("%s", error)
        return []
    return sorted((Period.in_year(year, slot) for slot in slots), key=lambda one: (one.end_date, one.months))


def collected_on(key: str, day: dt.date) -> list[Scheme]:
    """The system in each of its periods of which some form may be handed in on a day, the latest period first."""
    near = [
        period
        for year in (day.year - 1, day.year)
        for period in own_periods(key, year, with_sheets=True)
        if period.start_date <= day
    ]
    found = (scheme for period in near if (scheme := find_scheme(key, period)) is not None)
    return sorted((scheme for scheme in found if scheme.forms_on(day)), key=lambda one: one.period, reverse=True)


def official_period(period: Period) -> Period:
    """What a period means where no system is named: that which it closes in the first system that lets it close one."""
    for key in keys_default_first():
        try:
            scored = scored_period(key, period)
        except UserError:  # its YAML cannot be read: who runs that system is told
            continue
        if scored != period:
            return scored
    return period


def tree_of(key: str) -> dict[str, Any]:
    """The file of a system as it is written. Raises UserError where there is none, or none that can be read."""
    return _read(*_found(key))


def _found(key: str) -> tuple[Path, Hashable]:
    """The system's file and what a cache of it is keyed by."""
    try:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError
        path = path_of(key)
        return path, version_of(path)
    except FileNotFoundError:
        raise UserError(f"没有名为“{key}”的考评方案；现有：{'、'.join(scheme_keys())}。") from None


@functools.lru_cache(
    maxsize=1024
)  # each system in each of its periods of three years: the daily round asks for them all
def _load(path: Path, version: Hashable, period: Period) -> Scheme:
    return _sound(_read(path, version), name_of(path), period, lambda: read_text(path))


@functools.lru_cache(maxsize=64)
def _names(path: Path, version: Hashable) -> frozenset[str]:
    return names_in(_read(path, version))


@functools.lru_cache(maxsize=64)
def _reads(path: Path, version: Hashable) -> Reads:
    return reads(_read(path, version))


def _names_of(key: str) -> frozenset[str] | None:
    with suppress(UserError):
        return _names(*_found(key))
    return None


def _reads_of(key: str) -> Reads:
    with suppress(UserError):
        return _reads(*_found(key))
    return {}


@functools.lru_cache(maxsize=64)
def _read(path: Path, _version: Hashable) -> dict[str, Any]:
    """The tree of a file, read once: many periods are asked for, and those that a scheme does not have are refused each time."""
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name_of(path)}：读不出（{error}）：应是 UTF-8 编码的文本文件。") from error
    return _tree(text, name_of(path))


_OTHERS = Others(scheme_keys, _names_of, _reads_of)


def parse_scheme(text: str, name: str, period: Period) -> Scheme:
    """A scheme from YAML text; `name` stands in the errors."""
    return _sound(_tree(text, name), name, period, lambda: text)


def _sound(tree: dict[str, Any], name: str, period: Period, text: Callable[[], str]) -> Scheme:
    """Parsed again where anything is wrong, now with the lines that the sentences name."""
    try:
        return _parse(tree, name, period)
    except UnknownPeriodError:
        raise
    except UserError:
        return _parse(with_lines(text()), name, period)


def _tree(text: str, name: str) -> dict[str, Any]:
    try:
        tree = parse_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列附近：" if mark else ""
        raise UserError(f"{name}：{place}不是有效的 YAML（{getattr(error, 'problem', error)}），请改正。") from error
    if not isinstance(tree, dict):
        raise UserError(f"{name}：应为一个 YAML 映射。")
    return tree


def _parse(tree: dict[str, Any], name: str, period: Period) -> Scheme:
    """The tree as it stands in a period; the tree itself is not changed."""
    try:
        return _in_period(tree, name, period)
    except (TypeError, AttributeError, LookupError) as error:  # a list where a mapping belongs, and the like
        raise UserError(f"{name}：结构不对（{error}）：请对照其他制度的文件检查缩进和冒号。") from error


def _in_period(tree: dict[str, Any], name: str, period: Period) -> Scheme:
    model = _model_of(tree, name)
    period = _period_of(tree, name, period)
    tree = _of_kind(tree, period)
    version = _version_in_force(tree, name, period)
    standing = without_absent_forms(tree, collected_only(tree, _resolve(tree, version, period.slot), period.slot))
    resolved = {**standing, "version": version, "period_text": str(period)}
    sentences = [f"{at(name, tree, problem.place)}：{problem}。" for problem in problems_of_periods(tree)]
    if not (groups := groups_of(resolved)):
        return _valid(model, resolved, name, sentences)
    trees = {group: {**in_group(resolved, group), "for_group": group} for group in groups}
    variants, wrong = {}, {}
    for group, one in trees.items():
        try:
            variants[group] = _valid(model, one, name, sentences)
        except UserError as error:
            wrong[group] = error.problems
    if wrong:
        raise UserError(*said_of_groups(wrong, len(groups)))
    whole = model.model_validate(of_all([{**one, "for_group": ""} for one in trees.values()]))
    return whole.model_copy(update={"variants": variants})


def _valid(model: type[Scheme], resolved: dict[str, Any], name: str, problems: list[str]) -> Scheme:
    """The scheme of a tree in which everything is decided; `problems`: what is wrong with it already."""
    sentences = problems + [
        f"{at(name, resolved, place.split('.'))}：{place}：没有{what}的取值，请在 {word} 中补上。"
        for what, word, place in _undecided(resolved, resolved)
    ]
    try:
        scheme = model.model_validate(resolved)
    except ValidationError as error:
        sentences += [sentence(at(name, resolved, details["loc"]), details) for details in error.errors()]
        for details in error.errors():
            if details["type"] == "extra_forbidden":
                remove(resolved, details["loc"])
        try:  # without the unknown fields, so that what else is wrong is said in the same breath
            scheme = model.model_validate(resolved)
        except ValidationError:
            raise UserError(*sentences) from error
    found = [*problems_of(scheme), *input_problems(scheme, _OTHERS)]
    sentences += [f"{at(name, resolved, one.place)}：{one}。" for one in found]
    if sentences:
        raise UserError(*sentences)
    return scheme


def _model_of(tree: dict[str, Any], name: str) -> type[Scheme]:
    shape = tree.get("shape", "scored_form")
    if shape not in SHAPES:  # said alone: every other field would be wrong as well
        raise UserError(
            f"{at(name, tree, ['shape'])}：shape：没有“{shape}”这种形式的制度；可写：{'、'.join(SHAPES)}（不写即为 scored_form）。"
        )
    return SHAPES[shape]


def _period_of(tree: dict[str, Any], name: str, period: Period) -> Period:
    """The period that is scored for `period`; refused where the scheme has none of its kind."""
    kinds = tree.get("period_kinds")
    kinds = kinds if isinstance(kinds, list) else []
    period = scored(tree, period)
    if period.slot in sheet_slots(tree):
        return period
    if kinds and period.kind not in kinds:
        allowed = "、".join(_KINDS.get(str(kind), str(kind)) for kind in kinds)
        raise UnknownPeriodError(f"{tree.get('name', name)}没有“{period}”这样的期间；可用的期间种类：{allowed}。")
    if (slots := all_slots(tree)) and period.slot not in [*slots, *on_demand(tree)]:
        raise UnknownPeriodError(f"{tree.get('name', name)}没有“{period}”这样的期间；可用的期间：{'、'.join(slots)}。")
    return period


def _of_kind(tree: dict[str, Any], period: Period) -> dict[str, Any]:
    """The tree without its `year` section; for a year, with what that section says instead. One that names no forms is of a year in
    which nothing is handed in: what asks by forms, and judges what they say, is not the year's."""
    rest = {key: value for key, value in tree.items() if key != "year"}
    year = tree.get("year")
    if period.kind != "year" or not isinstance(year, dict):
        return rest
    kept = rest if "forms" in year else {key: value for key, value in rest.items() if key not in _OF_FORMS}
    return {"forms": [], "fields": [], **kept, **year}


def _version_in_force(tree: dict[str, Any], name: str, period: Period) -> str:
    starts = []
    for index, entry in enumerate(tree.get("versions") or []):
        where = at(name, tree, ("versions", index))
        if not isinstance(entry, dict) or not {"version", "effective_from"} <= entry.keys():
            raise UserError(f"{where}：versions 的每一项都要有 version 和 effective_from。")
        try:
            start = Period.parse(str(entry["effective_from"])).start_date
        except UserError as error:
            raise UserError(*(f"{where}：versions：{problem}" for problem in error.problems)) from None
        starts.append((start, str(entry["version"])))
    if not starts:
        raise UserError(f"{name}：缺少 versions。")
    in_force = [version for start, version in sorted(starts) if start <= period.start_date]
    if not in_force:
        raise UnknownPeriodError(
            f"{tree.get('name', name)}自 {min(starts)[0].year} 年起施行，{period.name}尚无考评方案，不能考评。"
        )
    return in_force[-1]


def _resolve(node: Any, version: str, slot: str) -> Any:
    """The tree with every by_version, by_period, in_versions and in_periods decided."""
    if isinstance(node, list):
        return [_resolve(entry, version, slot) for entry in node if not is_elsewhere(entry, version, slot)]
    if not isinstance(node, dict):
        return node
    if node.keys() == {"by_version"} and version in node["by_version"]:
        return _resolve(node["by_version"][version], version, slot)
    if node.keys() == {"by_period"}:
        for key in (slot, slot[0]):
            if key in node["by_period"]:
                return _resolve(node["by_period"][key], version, slot)
    return {key: _resolve(value, version, slot) for key, value in node.items() if key not in _WHERE}


def _undecided(node: Any, of: dict[str, Any], place: str = "") -> Iterator[tuple[str, str, str]]:
    """Places of values by version, period or group that have none for this one, with what it is and where it belongs."""
    if isinstance(node, dict) and node.keys() in ({"by_version"}, {"by_period"}):
        slot = Period.parse(of["period_text"]).slot
        yield f" {of['version']} 年版 {slot} ", "by_version 或 by_period", place
    elif isinstance(node, dict) and node.keys() == {"by_group"}:
        yield f"“{of.get('for_group', '')}”这一组", "by_group", place
    elif isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _undecided(value, of, f"{place}.{key}".lstrip("."))
