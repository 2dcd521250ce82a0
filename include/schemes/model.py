"""What a scheme's YAML may say, once its values by version and by period (and its parts of other versions) are resolved.

Unknown fields are errors. Numbers are exact decimals. References between parts (a rule's figure, a
check's field) are verified in soundness.py, all at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from decimal import Decimal
from functools import cached_property

from pydantic import Field

from include.data_files import Part
from include.period import Period
from include.schemes.calendar import Calendar, Dates
from include.schemes.classes import Class, Defect
from include.schemes.derived import Derived
from include.schemes.documents import CIRCULAR, Document
from include.schemes.fields import Check, Checklist, Evidence, Form, FormField, OfKind, Repeat
from include.schemes.indicators import Indicator
from include.schemes.inputs import Input, period_of
from include.schemes.item_kinds import ItemKind, shared_kinds
from include.schemes.references import references
from include.schemes.rows import RowCheck, SetCheck
from include.schemes.score import Area, Missing, Score
from include.schemes.statistics import Agreement, Standard, StatTable
from include.schemes.system import SCORED, System
from include.schemes.tallies import Tally, ballot_cells, cells_of, checks_of
from include.schemes.totals import cells_of_others
from include.subject_kinds import subject_kinds

Group = Checklist | Repeat | Tally
"""What has a sheet of its own in a form."""


class Praise(Part):
    """What a circular praises: `texts` says of an indicator what communities did, where at least a share of them did."""

    share_at_least: Decimal = Field(gt=0, le=1)
    texts: dict[str, str]


class Innovation(Part):
    """Whose activities a circular names: the highest totals of those that have any, `at_most` of them."""

    count: str
    names: str
    at_most: int = Field(gt=0)


class Scheme(System):
    """What a system's forms ask, and how the figures are judged. Only one of the shape scored_form is scored: the others have
    neither score nor areas nor indicators, and raise no problem of what did not come."""

    document_title: str = ""
    owner_title: str = ""
    # Those of its groups, each with its own fields and indicators; empty where it has none. This one holds what any of them has.
    variants: dict[str, Scheme] = Field(default_factory=dict, exclude=True)
    score: Score = Score()
    missing: Missing = Missing()
    areas: list[Area] = Field(default_factory=list)
    forms: list[Form]
    fields: list[FormField]
    checklists: list[Checklist] = Field(default_factory=list)
    repeats: list[Repeat] = Field(default_factory=list)
    tallies: list[Tally] = Field(default_factory=list)
    checks: list[Check] = Field(default_factory=list)
    row_checks: list[RowCheck] = Field(default_factory=list, exclude=True)
    set_checks: list[SetCheck] = Field(default_factory=list, exclude=True)
    # Beside what other systems' forms say: its figures by system and field; which of its sheets shows that an item of a checklist is there.
    feeds: dict[str, dict[str, str]] = Field(default_factory=dict, exclude=True)
    proves: dict[str, dict[str, str]] = Field(default_factory=dict, exclude=True)
    evidence: list[Evidence] = Field(default_factory=list)
    indicators: list[Indicator] = Field(default_factory=list)
    # What a circular says of the results. It decides none of them, so it is in no dump: the first recipe of input_hash took it.
    praise: Praise | None = Field(default=None, exclude=True)
    innovation: Innovation | None = Field(default=None, exclude=True)
    inputs: list[Input] = Field(default_factory=list, exclude=True)
    # Beside grades by total alone; what decides of them enters input_hash where a scheme has them.
    defects: list[Defect] = Field(default_factory=list, exclude=True)
    classes: list[Class] = Field(default_factory=list, exclude=True)
    unscored_class: str = Field(default="", exclude=True)
    replaces: list[str] = Field(default_factory=list, exclude=True)  # assessments no longer held, as the circular says
    named_grades: dict[str, str] = Field(default_factory=dict, exclude=True)  # by grade: what follows for those named
    derived: list[Derived] = Field(default_factory=list, exclude=True)  # columns of ledgers that no sheet has
    documents: list[Document] = Field(default_factory=list, exclude=True)  # papers beside circular and sheets
    # What is made of the figures when they stand (include/statistics); none of it decides a result.
    agreements: list[Agreement] = Field(default_factory=list, exclude=True)
    standards: list[Standard] = Field(default_factory=list, exclude=True)
    tables: list[StatTable] = Field(default_factory=list, exclude=True)
    # Its kinds of items beside rectification: its own, or by name one of systems/_shared/item_kinds.yaml.
    item_kinds: list[ItemKind | str] = Field(default_factory=list, exclude=True)

    @cached_property
    def kinds_of_items(self) -> dict[str, ItemKind]:
        """Its kinds of items beside rectification, by key."""
        known = [shared_kinds()[one] if isinstance(one, str) else one for one in self.item_kinds]
        return {one.kind: one for one in known}

    @property
    def is_scored(self) -> bool:
        """Whether subjects get points, a total, a place; others have their status and their figures alone."""
        return self.shape == SCORED

    @property
    def has_circular(self) -> bool:
        """What is not scored has one only where it says what stands in it."""
        return super().has_circular and (self.is_scored or any(one.kind == CIRCULAR for one in self.documents))

    @cached_property
    def parts(self) -> dict[str, Period]:
        """The periods whose totals make this one's, by indicator; empty where forms are handed in."""
        totals = [(one.code, rule) for one in self.indicators for rule in one.rules if rule.kind == "period_total"]
        return {code: Period.in_year(self.period.year, rule.slot) for code, rule in totals}

    @property
    def is_of_results(self) -> bool:
        """Whether nothing is handed in, and the period is made of what other periods came to."""
        return not self.forms

    @cached_property
    def made_of(self) -> list[Period]:
        """The periods of its own of which the result is made, where nothing is handed in: of a year its halves or quarters."""
        return [period for system, period in self.sources if system == self.scheme] if self.is_of_results else []

    @cached_property
    def needed_inputs(self) -> frozenset[str]:
        """Figures from elsewhere without which a unit has no total."""
        return frozenset(one.key for one in self.inputs if one.missing == "no_total")

    @cached_property
    def scored_inputs(self) -> frozenset[str]:
        """Figures from elsewhere that an indicator reads."""
        read = {key for indicator in self.indicators for key in references(indicator)}
        return frozenset(one.key for one in self.inputs if one.key in read)

    def of_group(self, group: str) -> Scheme:
        """The scheme as it is for a group; itself where it has none."""
        return self.variants.get(group, self)

    def calendar_of(self, form: str) -> Calendar:
        """The calendar of a form: its own where it has one, else the system's."""
        own = next((one.calendar for one in self.forms if one.key == form), None)
        return own.within(self.calendar) if own else self.calendar

    def has_own_codes(self, form: str) -> bool:
        """Whether those whom a form is about may have codes of the register's own, and not the twelve digits of a community."""
        if form in self.totals_forms:
            return True
        filled_by = next((one.filled_by for one in self.forms if one.key == form), None)
        kinds = [filled_by.kind] if isinstance(filled_by, OfKind) else [one.kind for one in self.subjects]
        return any(subject_kinds().of(kind).code == "own" for kind in kinds)

    def has_own_days(self, form: str) -> bool:
        return form in self._dates_by_form

    def dates_of(self, form: str) -> Dates:
        """The days of a form in the period."""
        return self._dates_by_form.get(form, self.dates)

    @cached_property
    def _dates_by_form(self) -> dict[str, Dates]:
        return {form.key: self.calendar_of(form.key).dates_of(self.period) for form in self.forms if form.calendar}

    def due_dates(self, extensions: Sequence[dt.date] = ()) -> dict[str, dt.date]:
        """When each form is due, given the later days granted to a unit, the oldest first: each is for what was due last
        before it."""
        own = {form.key: self.dates_of(form.key).due_date for form in self.forms}
        due = dict(own)
        for granted in extensions:
            meant = max((day for day in own.values() if day < granted), default=min(own.values(), default=granted))
            due |= {form: granted for form, day in own.items() if day == meant}
        return due

    @cached_property
    def first_opens_date(self) -> dt.date:
        """When the first of its forms opens."""
        return min((self.dates_of(form.key).opens_date for form in self.forms), default=self.dates.opens_date)

    @cached_property
    def last_due_date(self) -> dt.date:
        """When the last of its forms is due."""
        return max((self.dates_of(form.key).due_date for form in self.forms), default=self.dates.due_date)

    def forms_on(self, day: dt.date) -> list[Form]:
        """The forms that may be handed in on a day."""
        return [form for form in self.forms if self.taken_from(form.key) <= day <= self.taken_until(form.key)]

    def taken_from(self, form: str) -> dt.date:
        """The first day on which a form may come: a sheet of any day from the period's beginning."""
        return self.period.start_date if self._is_of_any_day(form) else self.dates_of(form).opens_date

    def taken_until(self, form: str) -> dt.date:
        """The last day on which it may come: of a sheet of any day that on which the period is closed."""
        dates = self.dates_of(form)
        return max(dates.window_ends_date, dates.circular_date) if self._is_of_any_day(form) else dates.window_ends_date

    def _is_of_any_day(self, form: str) -> bool:
        rows = self.row_forms[form].rows if form in self.row_forms else None
        return rows is not None and rows.any_day

    @cached_property
    def cells(self) -> list[FormField]:
        """Every input cell of every form: plain fields and ballots, then checklists, repeats, tallies, in the order of the YAML."""
        return [cell for cell in self.all_cells if cell.form not in self.forms_by_row]

    @cached_property
    def columns(self) -> dict[str, FormField]:
        """The columns of every sheet of many rows, by key: they hold a figure a row, and are no cells of the filler's own."""
        return {cell.key: cell for cell in self.all_cells if cell.form in self.forms_by_row}

    @cached_property
    def forms_by_row(self) -> dict[str, Form]:
        """The forms that are sheets of many rows, rated or free, by key."""
        return {form.key: form for form in self.forms if form.is_by_row}

    @cached_property
    def row_forms(self) -> dict[str, Form]:
        """The forms of free rows, by key."""
        return {form.key: form for form in self.forms if form.rows is not None}

    @cached_property
    def rating_forms(self) -> dict[str, Form]:
        """The forms that rate other subjects, by key."""
        return {form.key: form for form in self.forms if form.rates is not None}

    @cached_property
    def totals_forms(self) -> dict[str, Form]:
        """The forms that tell sums of the whole scope, by key: they are about no subject."""
        return {form.key: form for form in self.forms if form.totals is not None}

    @cached_property
    def all_cells(self) -> list[FormField]:
        """Cells and columns."""
        first = self._first_form
        cells = [self._of_its_form(field.model_copy(update={"form": field.form or first})) for field in self.fields]
        cells += [*cells_of_others(self.forms, cells)]
        cells += [cell for form in self._tallies_by_form for cell in ballot_cells(form)]
        for checklist in self.checklists:
            for row, item in enumerate(checklist.items, 1):
                cells.append(
                    FormField(
                        key=f"{checklist.key}_{row:02}", label=item, type="choice", form=checklist.form or first,
                        options=checklist.options, group=checklist.key, row=row,
                    )
                )  # fmt: skip
        for repeat in self.repeats:
            for row in range(1, repeat.rows + 1):
                for field in repeat.fields:
                    update = {
                        "key": f"{repeat.key}_{row}_{field.key}", "form": repeat.form or first,
                        "is_optional": True, "group": repeat.key, "row": row,
                    }  # fmt: skip
                    cells.append(field.model_copy(update=update))
        cells += [cell for tally in self.tallies for cell in cells_of(tally, tally.form or first)]
        return cells

    def _of_its_form(self, field: FormField) -> FormField:
        """Of a form of totals anything may be left out."""
        return field.model_copy(update={"is_optional": True}) if field.form in self.totals_forms else field

    @property
    def _first_form(self) -> str:
        """Key of the form of those parts that name none."""
        return self.forms[0].key if self.forms else ""

    @cached_property
    def _tallies_by_form(self) -> dict[str, list[Tally]]:
        found: dict[str, list[Tally]] = {}
        for tally in self.tallies:
            found.setdefault(tally.form or self._first_form, []).append(tally)
        return found

    @property
    def all_checks(self) -> list[Check]:
        """The checks between figures: the system's own, and those that every tally has."""
        return [*self.checks, *self._checks_of_tallies]

    @cached_property
    def _checks_of_tallies(self) -> list[Check]:
        return [check for form, tallies in self._tallies_by_form.items() for check in checks_of(tallies, form)]

    def cells_of(self, form: str) -> list[FormField]:
        return self._cells_by_form.get(form, [])

    @cached_property
    def _cells_by_form(self) -> dict[str, list[FormField]]:
        found: dict[str, list[FormField]] = {}
        for cell in self.cells:
            found.setdefault(cell.form, []).append(cell)
        return found

    def columns_of(self, form: str) -> list[FormField]:
        """The columns of a sheet of many rows, in the order of the form."""
        return [column for column in self.columns.values() if column.form == form]

    def row_checks_of(self, form: str) -> list[RowCheck]:
        return [check for check in self.row_checks if (check.form or self._first_form) == form]

    def set_checks_of(self, form: str) -> list[SetCheck]:
        return [check for check in self.set_checks if (check.form or self._first_form) == form]

    def find(self, key: str) -> FormField | None:
        """The cell that a key names, or the column of `<row>/<key>` of a sheet of many rows; None for other keys."""
        return self.cell.get(key) or self.columns.get(key.rpartition("/")[2])

    def asked(self, key: str) -> FormField:
        """The same of a key that names one."""
        return self.cell[key] if key in self.cell else self.columns[key.rpartition("/")[2]]

    @cached_property
    def cell(self) -> dict[str, FormField]:
        """Input cells by key."""
        return {cell.key: cell for cell in self.cells}

    @cached_property
    def scored_cells(self) -> list[FormField]:
        """The cells that scoring needs filled in: all that it reads, save rows that may stay empty."""
        optional = {repeat.key for repeat in self.repeats} | {tally.key for tally in self.tallies if tally.rows}
        return [cell for cell in self.read_cells if cell.group not in optional]

    @cached_property
    def read_cells(self) -> list[FormField]:
        """The cells that an indicator, a defect or a class reads, in the order of the form."""
        used = {key for part in (*self.indicators, *self.defects, *self.classes) for key in references(part)}
        used |= {one.from_.tally for one in self.inputs if one.from_.tally}
        return self.cells_of_keys(used)

    def cells_of_keys(self, keys: Set[str]) -> list[FormField]:
        """The cells that keys name, each by its own or its group's, in the order of the form."""
        return [cell for cell in self.cells if cell.key in keys or cell.group in keys]

    @cached_property
    def groups(self) -> dict[str, Group]:
        """Checklists, repeats and tallies by key."""
        parts: list[Group] = [*self.checklists, *self.repeats, *self.tallies]
        return {part.key: part for part in parts}

    def group(self, key: str) -> list[FormField]:
        """The cells of a checklist, a repeat or a tally."""
        return [cell for cell in self.cells if cell.group == key]

    def named(self, code: str) -> str:
        """An indicator, area or defect as people know it: A2b 支委会; what is none, such as S0, by its code alone."""
        return f"{code} {self.names.get(code) or self.findings.get(code, '')}".rstrip()

    @cached_property
    def names(self) -> dict[str, str]:
        """Names of the areas and indicators by code; of one that is both, the indicator's."""
        return {one.code: one.name for one in self.areas} | {one.code: one.name for one in self.indicators}

    @cached_property
    def sources(self) -> list[tuple[str, Period]]:
        """The results that it reads, or chooses its subjects by: of which system, and which period as seen from this one."""
        read = [one.from_ for one in self.inputs if one.from_.result]
        named = [(one.result, period_of(word, self.period)) for one in read for word in one.words]
        chosen = [one.by_result for one in self.subjects if one.by_result]
        named += [(by.result, period_of(by.period, self.period)) for by in chosen]
        return list(dict.fromkeys([*named, *((self.scheme, part) for part in self.parts.values())]))

    @cached_property
    def findings(self) -> dict[str, str]:
        """Texts of the problems that have a code of their own and no points: further ones of indicators, defects."""
        further = [one for indicator in self.indicators for one in indicator.all_problems if one.code]
        return {one.code: one.text for one in further} | {one.code: one.text for one in self.defects}

    @cached_property
    def problem_texts(self) -> dict[str, str]:
        """Text of each problem that can be found, by the code under which it is: of what was not handed in first."""
        texts = {self.missing.code: self.missing.problem}
        for indicator in self.indicators:
            texts |= {one.code or indicator.code: one.text for one in indicator.all_problems}
        return texts | {one.code: one.text for one in self.defects if one.deadline_working_days}

    @property
    def grades(self) -> dict[str, Decimal | None]:
        """The classes, or the grades each with the total from which it holds, as the scheme lists them."""
        by_total: dict[str, Decimal | None] = {one.grade: one.at_least for one in self.score.grades}
        return by_total or dict.fromkeys(one.name for one in self.classes)

    def clause(self, indicator: Indicator) -> str:
        """How a rule is cited to people: 《半年党建检查考评方案》（2026年版）A1."""
        return self.clause_of(indicator.code)

    def clause_of(self, code: str) -> str:
        """How any part of the scheme is cited, S0 and LATE too."""
        return f"《{self.title}》（{self.version}年版）{code}"

    @cached_property
    def figures_of(self) -> dict[str, list[str]]:
        """Keys of the cells that each indicator reads, by its code, in the order of the form."""
        return {one.code: [cell.key for cell in self.cells_of_keys({*references(one)})] for one in self.indicators}


SHAPES: dict[str, type[Scheme]] = dict.fromkeys((SCORED, "ledger", "item_list", "event_series", "statistics"), Scheme)
"""What a system.yaml may say, by its shape; include/shapes knows what is done with it."""
