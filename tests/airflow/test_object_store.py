"""The inbox in an object store: a real S3 server, reached by Airflow's ObjectStoragePath and an Airflow connection."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from include.airflow_ext.inbox_trigger import InboxTrigger
from include.airflow_ext.object_store import open_store
from include.archive import contents
from include.errors import UserError
from include.intake import channels
from include.intake.inbox import Store, open_inbox
from include.intake.receive import DrainResult, drain
from tests.airflow import s3_server
from tests.airflow.s3_server import BUCKET, Server
from tests.intake.receive_street import PERIOD, SECOND, deliveries, notices, prepare, rows, statuses, workbook

INBOX = f"s3://duban_s3@{BUCKET}/inbox"


@pytest.fixture(scope="module")
def running_server() -> Iterator[Server]:
    with s3_server.running() as server:
        yield server


@pytest.fixture
def server(running_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    running_server.empty()
    monkeypatch.setenv("AIRFLOW_CONN_DUBAN_S3", running_server.connection)
    return running_server


@pytest.fixture
def bucket(database: Engine, world: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The world with a register, its inbox in a bucket."""
    monkeypatch.setenv("DUBAN_INBOX", INBOX)
    prepare(world)
    return server


def run() -> DrainResult:
    return drain(default_period=PERIOD, open_store=open_store)


def published_at(server: Server, key: str) -> dt.datetime:
    moment: dt.datetime = server.client.head_object(Bucket=BUCKET, Key=key)["LastModified"]
    return moment


def test_objects_are_received_like_files_and_then_gone(bucket: Server) -> None:
    bucket.put("inbox/杏花.xlsx", workbook())
    bucket.put("inbox/云街街道/柳堤.xlsx", workbook(SECOND))
    assert run().answered == 2
    assert statuses() == {"杏花.xlsx": "accepted", "柳堤.xlsx": "accepted"}
    assert bucket.keys() == []
    assert contents.load(str(rows("SELECT sha256 FROM delivery WHERE name = '杏花.xlsx'")[0]["sha256"])) == workbook()


def test_passing_names_folder_marks_and_deeper_objects_are_left_alone(bucket: Server) -> None:
    left = ["elsewhere.xlsx", "inbox/", "inbox/.a.xlsx", "inbox/a/b/c.xlsx", "inbox/x.part", "inbox/~$a.xlsx"]
    for key in left:
        bucket.put(key, b"")
    assert run().answered == 0
    assert bucket.keys() == left


def test_a_name_that_looks_like_a_pattern_is_a_name(bucket: Server) -> None:
    for name in ("报表[1].xlsx", "报表*.xlsx", "报表?.xlsx", "a%20b#c.xlsx"):
        bucket.put(f"inbox/{name}", name.encode())
    bucket.put("inbox/报表1.xlsx/下一层的下一层/报表1.xlsx", b"")
    assert run().answered == 4
    assert sorted(str(name) for name in statuses()) == ["a%20b#c.xlsx", "报表*.xlsx", "报表?.xlsx", "报表[1].xlsx"]
    assert bucket.keys() == ["inbox/报表1.xlsx/下一层的下一层/报表1.xlsx"]


@pytest.mark.parametrize("policy", ["now", "mtime"])
def test_an_object_is_received_when_the_store_had_it(
    bucket: Server, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    monkeypatch.delenv("DUBAN_NOW")
    monkeypatch.setenv("DUBAN_RECEIVED", policy)
    bucket.put("inbox/杏花.xlsx", b"")
    published = published_at(bucket, "inbox/杏花.xlsx")
    time.sleep(1.5)
    run()
    assert dt.datetime.fromisoformat(str(notices("refused")[0]["payload"]["received_at"])) == published


def test_on_a_simulated_clock_an_object_is_received_now(bucket: Server) -> None:
    bucket.put("inbox/杏花.xlsx", workbook())
    run()
    assert notices("receipt")[0]["payload"]["received_at"] == "2026-07-01T09:00:00+08:00"


def test_a_stop_between_recording_and_removing_does_not_double(bucket: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise SystemExit

    bucket.put("inbox/杏花.xlsx", workbook())
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(Store, "remove", stop)
        run()
    assert [row["status"] for row in deliveries()] == ["waiting"] and bucket.keys() == ["inbox/杏花.xlsx"]
    monkeypatch.setenv("DUBAN_NOW", "2026-07-02T09:00:00")
    run()
    assert [row["status"] for row in deliveries()] == ["accepted"] and bucket.keys() == []


def test_a_stop_between_archiving_and_recording_loses_nothing(bucket: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise SystemExit

    bucket.put("inbox/杏花.xlsx", workbook())
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(channels, "record_delivery", stop)
        run()
    assert deliveries() == [] and bucket.keys() == ["inbox/杏花.xlsx"]
    run()
    assert [row["status"] for row in deliveries()] == ["accepted"] and bucket.keys() == []


def test_an_object_written_anew_while_it_is_taken_is_the_next_version(
    bucket: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_all = contents.store_all

    def overtaken(contents: list[bytes]) -> list[str]:
        bucket.put("inbox/杏花.xlsx", workbook(special_activity_names="更正"))
        return store_all(contents)

    bucket.put("inbox/杏花.xlsx", workbook())
    with monkeypatch.context() as patch:
        patch.setattr(contents, "store_all", overtaken)
        run()
    assert bucket.keys() == ["inbox/杏花.xlsx"]
    run()
    assert [row["version"] for row in deliveries()] == [1, 2] and bucket.keys() == []


def test_what_may_not_be_removed_is_answered_once_all_the_same(bucket: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError("Access Denied")

    bucket.put("inbox/杏花.xlsx", workbook())
    monkeypatch.setattr(open_store(INBOX).fs, "rm_file", refused)
    assert (run().answered, run().answered) == (1, 0)
    assert len(deliveries()) == 1 and bucket.keys() == ["inbox/杏花.xlsx"]


def test_an_inbox_that_is_only_read_keeps_its_objects(bucket: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBAN_INBOX_READ_ONLY", "true")
    bucket.put("inbox/杏花.xlsx", workbook())
    assert (run().answered, run().answered) == (1, 0)
    assert bucket.keys() == ["inbox/杏花.xlsx"]


def test_a_huge_object_is_archived_and_refused_without_being_held_in_memory(bucket: Server) -> None:
    bucket.put("inbox/巨.xlsx", b"PK" + bytes(64 * 1024 * 1024))
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 96 * 1024 * 1024, "whole, and whole again encrypted, it would be 128 MB"
    (found,) = rows("SELECT sha256, bytes, status FROM delivery")
    assert (found["bytes"], found["status"]) == (64 * 1024 * 1024 + 2, "refused")
    assert len(contents.load(str(found["sha256"]))) == found["bytes"]
    assert not list(contents.get_settings().archive.glob(".*.part"))


def test_a_new_and_empty_prefix_is_an_empty_inbox(server: Server) -> None:
    assert open_inbox(f"s3://duban_s3@{BUCKET}/nobody/wrote/here/", open_store).look() == {}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("gs://baosong/inbox", "需要安装 apache-airflow-providers-google"),
        ("s3://nobody@baosong/inbox", "没有连接 nobody"),
        ("s3://duban_s3@elsewhere/inbox", "没有存储桶 elsewhere"),
    ],
)
def test_what_is_missing_is_named(server: Server, address: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        open_inbox(address, open_store).look()


def test_a_store_that_is_away_is_told_in_chinese_and_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Server(9).connection.replace(
        '"extra": {', '"extra": {"config_kwargs": {"retries": {"max_attempts": 0}}, '
    )
    monkeypatch.setenv("AIRFLOW_CONN_AWAY", connection)
    with pytest.raises(OSError, match="访问对象存储出错"):
        open_inbox("s3://away@baosong/inbox", open_store).look()


async def events(inbox: str, acts: list[Any]) -> list[int]:
    """How many objects each event spoke of, while `acts` are done, some polls apart."""
    seen: list[int] = []

    async def collect() -> None:
        async for event in InboxTrigger(inbox, poll_seconds=0.05).run():
            seen.append(event.payload["waiting"])

    task = asyncio.create_task(collect())
    for act in acts:
        await asyncio.to_thread(act)
        known = len(seen)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if len(seen) > known:
                break
    task.cancel()
    return seen


def test_an_object_that_lands_or_changes_wakes_the_watcher(server: Server) -> None:
    acts = [lambda: server.put("inbox/a.xlsx", b"1"), lambda: server.put("inbox/a.xlsx", b"2")]
    assert asyncio.run(events(INBOX, acts)) == [1, 1]


def test_the_watcher_outlives_a_store_that_is_not_there_yet(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    later = INBOX.replace(BUCKET, "later")

    def appear() -> None:
        time.sleep(1)
        server.client.create_bucket(Bucket="later")
        server.client.put_object(Bucket="later", Key="inbox/a.xlsx", Body=b"1")

    assert asyncio.run(events(later, [appear])) == [1]
    assert "没有存储桶 later" in caplog.text
