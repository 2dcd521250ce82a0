"""One run of the real Airflow components, driven step by step: what demo, close and rerun have in common."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from include.db import sql
from include.errors import UserError
from include.intake.channels import CHANNEL, delivery_id, name_of
from include.keys import LetterKey, OutcomeKey, PlaceKey
from include.letters.letters import STEP_SUPERVISION
from include.letters.row_letters import BATCH, system_of
from include.outbox.policies import load_policies
from include.period import Period, from_timestamp, in_zone, now
from include.post.claims import settle_dead_claims
from include.rebuild.upgrade import upgrade
from include.registry.imports import import_register
from include.schemes.loader import default_system, load_scheme, scored_period
from include.scoring.arrivals import nothing_arrived
from include.scoring.finding import newest_assessments
from include.steps.approvals import who_answers
from include.steps.taking_up import take_up
from ops.airflow_client import AirflowClient
from ops.components import Components, looking
from ops.environment import duban_environment, free_port
from ops.logins import token_of
from ops.place import Place
from ops.supervisor import READY_SECONDS, Supervisor

REGISTERED_SINCE = dt.date(2000, 1, 1)
_RECEIVE_SECONDS = 600
_SEND_SECONDS = 300  # without any mail gone; Airflow takes a killed task up again only after some 80
_STEP_SECONDS = 900  # several kills of one task, each found out after a minute
_WAKE_SECONDS = 6
_MEASURE_SECONDS = 4  # counting shared pages takes a tenth of a second


class Play:
    """Airflow up inside the context, gone after it. Every step waits until it has really happened."""

    def __init__(
        self,
        place: Place,
        *,
        settings: dict[str, str],
        paused: tuple[str, ...] = (),
        components: Components | None = None,
    ) -> None:
        """`settings` are DUBAN_… variables of this run; the workflows in `paused` do not run. `components`: Airflow that
        somebody else has started, and its mail server; without them both are started here."""
        self.place = place
        self._paused = paused
        settings = {"DUBAN_INBOX_OWN": "true"} | settings  # who runs a command here is the office
        self._started = time.monotonic()
        os.environ.update(duban_environment(place) | settings)
        self._supervisor = components or Supervisor(place, port=free_port(), extra=settings)
        self.admin: AirflowClient
        self._signers: dict[str, AirflowClient] = {}
        self.peak_mb = 0
        self._measured_next = 0.0
        self._failed_before: set[str] = set()

    def say(self, text: str) -> None:
        """A line of progress with the seconds since the beginning."""
        print(f"[{time.monotonic() - self._started:5.1f} 秒] {text}", flush=True)

    def __enter__(self) -> Play:
        self._supervisor.__enter__()
        try:
            self._start()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._supervisor.__exit__(kind, error, trace)
        if isinstance(error, UserError):
            raise UserError(*error.problems, self._what_now()) from error

    def _what_now(self) -> str:
        return f"没有做完，组件都已停下。运行日志在 {self.place.logs}；照上面说的处理后，再运行一次同样的命令。"

    def _start(self) -> None:
        self.say("启动 Airflow（api-server、scheduler、dag-processor、triggerer）……")
        supervisor = self._supervisor
        supervisor.start_mail_sink()
        supervisor.start_airflow()
        upgrade()
        for sentence in take_up(anew=True):
            self.say(sentence)
        anyone = AirflowClient(supervisor.address, self._watch)
        supervisor.wait_for(anyone.is_well, "api-server", READY_SECONDS)
        self.admin = anyone.with_token(token_of(self.place, "admin"))
        self.admin.make_pool("outbox", 1, "发件箱：同一时间只有一个发送任务")
        supervisor.wait_for(self.admin.has_read_all, "dag-processor", READY_SECONDS)
        if errors := self.admin.import_errors():
            raise UserError(*errors)
        for dag_id in self.admin.dag_ids():
            self._failed_before |= {run["dag_run_id"] for run in self.admin.runs(dag_id) if run["state"] == "failed"}
            self.admin.set_paused(dag_id, dag_id in self._paused)
        self.say("Airflow 已就绪。")

    def _watch(self) -> None:
        self._supervisor.revive()
        self._supervisor.refuse_hopeless()
        if time.monotonic() >= self._measured_next:
            self.peak_mb = max(self.peak_mb, memory_mb())
            self._measured_next = time.monotonic() + _MEASURE_SECONDS

    def set_clock(self, moment: dt.datetime) -> None:
        """Move the simulated clock, in one step that no reader sees halfway."""
        draft = self.place.clock.with_suffix(".part")
        draft.write_text(in_zone(moment).isoformat(timespec="seconds"), encoding="utf-8")
        draft.replace(self.place.clock)

    @staticmethod
    def refuse_used_database() -> None:
        """The business database that the user named must be empty: a close never mixes with other data."""
        if Play._counts("row_count", "ops/count_rows"):
            raise UserError("AIRFLOW_CONN_DUBAN_DB 指定的数据库里已有数据；本命令只在空数据库上运行，请换一个空库。")

    def import_registry(self, path: Path) -> int:
        """The register into the business database; how many units."""
        with looking() as connection:
            result = import_register(connection, path, REGISTERED_SINCE, "命令行")
        return result.added + result.changed + result.unchanged

    def run(self, dag_id: str, *, partition_key: str | None = None, **params: Any) -> None:
        """One run of a workflow to its good end."""
        period = partition_key or params.get("period")
        system = params.get("scheme", default_system())
        note = (
            scored_period(system, Period.parse(period)).name if period else None
        )  # the id of a run by hand names none
        key = partition_key and f"{system}/{partition_key}"
        run_id = self.admin.trigger(dag_id, partition_key=key, note=note, **params)
        self.admin.wait_for_run(dag_id, run_id)

    def drop(self, files: list[tuple[Path, dt.datetime | None]], inbox: Path) -> None:
        """Put files into the watched inbox, whole at once, and wait until the workflow that they wake has answered all.

        A moment becomes the copy's modification time, that is its time of receipt; None keeps the file's own.
        """
        if not files:
            return
        staging = inbox.parent / f".{inbox.name}.part"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
        ready = list[tuple[Path, Path]]()
        for number, (source, moment) in enumerate(files):
            copy = staging / f"{number}"
            copy.write_bytes(source.read_bytes())
            seconds = source.stat().st_mtime if moment is None else moment.timestamp()
            os.utime(copy, (seconds, seconds))
            ready.append((copy, self._free_place(inbox, source, [target for _, target in ready])))
        wanted = {_arrival_of(copy, name_of(str(target))) for copy, target in ready}
        for copy, target in ready:
            copy.rename(target)
        staging.rmdir()

        def all_answered() -> bool:
            self._refuse_failures("receive")
            return self._counts("answered") >= len(wanted) and wanted <= self._answered()

        self.admin.wait_until(all_answered, f"{len(files)} 个来件全部答复", _RECEIVE_SECONDS)
        self._settle("receive")

    @staticmethod
    def _answered() -> set[str]:
        with looking() as connection:
            return {row["id"] for row in sql.fetch(connection, "ops/select_answered")}

    @staticmethod
    def _free_place(inbox: Path, source: Path, taken: list[Path]) -> Path:
        """Files keep their names; two of one name (from two folders) lie in folders of their own."""
        target, number = inbox / source.name, 1
        while target in taken:
            number += 1
            target = inbox / f"{number}" / source.name
        target.parent.mkdir(exist_ok=True)
        return target

    @staticmethod
    def _counts(column: str, statement: str = "ops/count_answered") -> int:
        with looking() as connection:
            return int((sql.fetch_one(connection, statement) or {})[column])

    def _settle(self, dag_id: str) -> None:
        """Wait for the workflow's active runs; one that failed is an error."""
        self.admin.wait_until(lambda: not self._active(dag_id), f"{dag_id} 运行结束", _STEP_SECONDS)
        self._refuse_failures(dag_id)

    def _refuse_failures(self, dag_id: str) -> None:
        """Raise where a run of the workflow has failed since this command began."""
        for run in self.admin.runs(dag_id):
            if run["state"] == "failed" and run["dag_run_id"] not in self._failed_before:
                raise UserError(f"流程 {dag_id} 失败：\n{self.admin.failure(dag_id, run['dag_run_id'])}")

    def _active(self, dag_id: str) -> list[dict[str, Any]]:
        return [run for run in self.admin.runs(dag_id) if run["state"] in ("queued", "running")]

    def wait_for_mails(self) -> int:
        """Until every notice has gone out by the workflow that new notices wake; mails sent so far.

        The clock moves on to where the last one falls due: the answer to a file of a later time would never go out. It moves on by a
        day where only such are left as go with the next day's digest: their reader has had that of today.
        """
        last_due_at = last_notice_due_at()
        if last_due_at is not None and last_due_at > now():
            self.set_clock(last_due_at)
        woken, was_woken = time.monotonic(), False

        def some_tried(left: int) -> bool:
            nonlocal woken, was_woken
            if self._counts("untried", "ops/count_unsent") != left:
                return True
            if time.monotonic() > woken + _WAKE_SECONDS:
                with looking() as connection:  # what a killed run of this command holds is free at once
                    settle_dead_claims(connection, load_policies().sending.claim_minutes)
                if not self._active("send_notices"):
                    if was_woken and only_digests_wait():
                        self.set_clock(now() + dt.timedelta(days=1))
                    self.admin.trigger("send_notices")  # Airflow loses an asset event in a burst now and then
                    was_woken = True
                woken = time.monotonic()
            return False

        while left := self._counts("untried", "ops/count_unsent"):  # as long as some go, however many there are
            self.admin.wait_until(partial(some_tried, left), "通知全部发出", _SEND_SECONDS)
        self._settle("send_notices")
        return self._counts("sent", "ops/count_unsent")

    def newest_assessments(self, scheme: str, period: str) -> list[dict[str, Any]]:
        """The newest assessment of each street, with its circular's state."""
        with looking() as connection:
            return newest_assessments(connection, scheme, period)

    def wait_for_drafts(self, scheme: str, period: str, among: list[str] | None = None) -> list[str]:
        """Until the circular of each official assessment (of those in `among`) waits for approval; those assessments. None of a
        system that has no circular."""
        if not load_scheme(scheme, Period.parse(period)).has_circular:
            return []
        undecided = [
            row["id"]
            for row in self.newest_assessments(scheme, period)
            if row["is_official"] and row["state"] != "issued" and (among is None or row["id"] in among)
        ]
        with looking() as connection:  # where nothing arrived, nothing is drafted
            waiting = [one for one in undecided if not nothing_arrived(connection, one)]
        for assessment_id in waiting:
            self.admin.wait_until(partial(self._is_settled, assessment_id), f"通报草稿 {assessment_id}", _STEP_SECONDS)
        return [assessment_id for assessment_id in waiting if self._waiting_step(assessment_id)]

    def _is_settled(self, subject: str, workflow: str = "circular") -> bool:
        """Whether a person is asked about an assessment's circular, or a letter, or its run found nothing to decide."""
        with looking() as connection:
            referral = sql.fetch_one(connection, "ops/select_referral", subject=subject)
        if referral is None:
            return False
        for run in self.admin.runs(workflow):
            run_id = str(run["dag_run_id"])
            if run["partition_key"] != referral["batch"] or run_id in self._failed_before:
                continue
            failed = [task["rendered_map_index"] for task in self.admin.tasks(workflow, run_id, state="failed")]
            if run["state"] == "failed" or subject in failed:
                raise UserError(f"起草失败：\n{self.admin.failure(workflow, run_id)}")
        return bool(referral["is_settled"]) or self._waiting_step(subject) is not None

    def _waiting_step(self, subject: str) -> PlaceKey | None:
        """Where a person is asked to decide on the assessment's circular, or the letter, now."""
        with looking() as connection:
            question = sql.fetch_one(connection, "ops/select_open_question", subject=subject)
        if question is None:
            return None
        place = PlaceKey.parse(question["asked_in"])
        waiting = self.admin.tasks(
            place.workflow, place.run_id, map_index=place.map_index, task_id=place.step, state="awaiting_input"
        )
        return place if waiting else None

    def approve(self, assessment_id: str, name: str) -> None:
        """Answer the waiting approval as the login of the office whose document it is, signed with `name`, and wait for the issue."""
        place = self._waiting_step(assessment_id)
        if place is None:
            raise UserError(f"{assessment_id} 没有待签发的通报。")
        self._sign([place], name)

    def approve_together(self, subjects: list[str], name: str) -> None:
        """The same of many assessments or letters, all of them answered before any is waited for."""
        self._sign([place for subject in subjects if (place := self._waiting_step(subject))], name)

    def wait_for_letters(self, scheme: str, period: str) -> list[str]:
        """Until each letter that the circulars of a period brought about, or that its ledgers or items did on their day, waits
        for approval; their ids."""
        with looking() as connection:
            found = sql.fetch(connection, "ops/select_letter_drafts", period=period)
        told = {scheme, *load_scheme(scheme, Period.parse(period)).tells_of}
        letters = [str(row["id"]) for row in found if _is_of(told, row)]
        for letter in letters:
            self.admin.wait_until(partial(self._is_settled, letter, "letter"), f"公函草稿 {letter}", _STEP_SECONDS)
        return [letter for letter in letters if self._waiting_step(letter)]

    def _sign(self, places: list[PlaceKey], name: str) -> None:
        """By the person of that name, else by the shared login of the office, which signs with any."""
        by_account: dict[str, list[PlaceKey]] = {}
        for place in places:
            known = who_answers(str(place))
            account = next((one for one, holder in known.items() if holder in (name, "")), None)
            if account is None:
                raise UserError(f"没有名为“{name}”的签发人：现在能签发的是{'、'.join(known.values()) or '（无人）'}。")
            by_account.setdefault(account, []).append(place)
        for account, own in by_account.items():
            self._signer(account).see_through(own, self.admin, "同意", {"name": name, "note": ""})

    def _signer(self, account: str) -> AirflowClient:
        if account not in self._signers:
            anyone = AirflowClient(self._supervisor.address, self._watch)
            self._signers[account] = anyone.with_token(token_of(self.place, account))
        return self._signers[account]


def _is_of(schemes: Collection[str], row: sql.Row) -> bool:
    """Whether a letter is about a result of one of some systems, a batch about rows of its ledgers, or about steps of its items."""
    letter = str(row["id"])
    if row["kind"] == STEP_SUPERVISION:
        return any(item["scheme"] in schemes for item in json.loads(row["model"])["items"])
    if OutcomeKey.is_one(letter):
        return OutcomeKey.parse(letter).scheme in schemes
    return letter.startswith(f"{BATCH}/") and system_of(LetterKey.parse(letter)) in schemes


def _arrival_of(path: Path, name: str) -> str:
    """The key under which a file will be recorded that is received at its time of change."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return delivery_id(CHANNEL, name, "", from_timestamp(path.stat().st_mtime), sha256)


def last_notice_due_at() -> dt.datetime | None:
    """When the last of the notices falls due that wait for their mail; None where none waits."""
    with looking() as connection:
        moment: dt.datetime | None = (sql.fetch_one(connection, "ops/select_last_due") or {})["last_due_at"]
        return moment


def only_digests_wait() -> bool:
    """Whether every notice that nobody has tried to send yet is one of a digest."""
    with looking() as connection:
        waiting = {row["kind"] for row in sql.fetch(connection, "ops/select_untried_kinds")}
    kinds = load_policies().kinds
    return bool(waiting) and all(kinds[kind].delivery == "digest" for kind in waiting)


def memory_mb() -> int:
    """Memory of this process and all that it started, shared pages counted once, in MB."""
    total = 0
    for process in (me := psutil.Process(), *me.children(recursive=True)):
        try:
            total += process.memory_full_info().pss
        except (psutil.Error, OSError, AttributeError):  # it ends while it is looked at
            continue
    return total >> 20
