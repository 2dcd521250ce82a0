"""在职党员双报到 and the time bank: hours of one ledger, letters with the people named for whom they are to, and nowhere else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.archive.data_keys import ErasedError, known_keys
from include.archive.personal_cells import unsealed
from include.db.engine import make_engine, migrate, transaction
from include.db.tables import metadata
from include.errors import UserError
from include.ledgers.reading import rows_as_of
from include.letters.row_letters import draft_row_letters
from include.letters.row_letters_out import files_of_letters
from include.period import Period, now, parse_moment
from include.post.packing import next_batch
from include.post.server import get_server
from include.rebuild.replay import rebuild
from include.reports.left_out import PERSONAL
from include.schemes.loader import load_scheme
from include.steps.diary import keep_diary
from tests.acting import act, drafts
from tests.ledgers.service_sheets import (
    ACCOUNTS,
    HOURS,
    NAMES,
    OF_ACCOUNTS,
    OF_HOURS,
    SUBJECTS,
    A,
    fill,
    of,
)
from tests.signing import signs
from tests.town import STREET, Town
from tests.unpacked import decoded, unpacked
from tests.word import words_of

pytestmark = pytest.mark.story


def _names_anybody(mail: bytes) -> bool:
    return any(name.encode() in decoded(mail) for name in NAMES)


def test_the_letters_of_the_year_name_people_to_their_employers_alone(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    town = Town(world, monkeypatch, "in_service", subjects=SUBJECTS, links="")
    bank = of("time_bank", town)
    fill(town, bank)
    scheme = load_scheme("in_service", Period.parse("2026"))
    [feedback, _] = scheme.documents
    at = parse_moment("2026-12-21T07:50:00", "test")
    monkeypatch.setenv("DUBAN_NOW", at.isoformat())
    with transaction() as connection:
        letter_id = draft_row_letters(connection, scheme, feedback, STREET, at)
        assert letter_id is not None
        drafts = files_of_letters(connection, scheme, STREET)
    assert sorted(name for name in drafts if name.endswith("docx")) == [
        f"letters/{A}-U1.docx",
        f"letters/{A}-U2.docx",
        f"letters/{A}-U3.docx",
    ]
    first, second, third = (words_of(drafts[f"letters/{A}-{unit}.docx"]) for unit in ("U1", "U2", "U3"))
    assert "关于3名在职党员在云桥社区表现情况的函" in first
    assert "服务12小时" in first and first.count("表现等次：较好") == 2, first
    assert "2026年5月20日调离，到那时为止服务7小时" in first
    assert "服务11.5小时，参加活动2次，距12小时差0.5小时。表现等次：一般" in second
    assert "服务0小时" in second and "表现等次：未参加" in second
    assert "表现等次：较好" in third
    assert "登记卡号01" in first and not any(name in first + second + third for name in NAMES)

    assert signs(letter_id) == "", "a batch of the community's own letters takes no number of the office's register"
    with transaction() as connection:
        assert draft_row_letters(connection, scheme, feedback, STREET, at) is None, "once a year"
        notices = connection.exec_driver_sql(
            "SELECT recipient, payload, attachments FROM notice WHERE kind IN ('pair_letter', 'statement') ORDER BY recipient"
        ).all()
        papers = connection.exec_driver_sql("SELECT unit_code, docx_sha256 FROM paper ORDER BY unit_code").all()
    # U1 has an address of its own; what is for the others goes to the community, to be handed over
    assert [row[0] for row in notices] == ["jiaoyu@u1.example", "shuji@yunqiao.example", "shuji@yunqiao.example"]
    named = {unit: words_of(contents.load(sha256)) for unit, sha256 in papers}
    assert all(name in named["U1"] for name in (NAMES[0], NAMES[1], NAMES[4])) and "登记卡号01" not in named["U1"]
    assert NAMES[2] in named["U2"] and NAMES[0] not in named["U2"]
    assert {contents.key_of(sha256) for _, sha256 in papers} == {f"in_service.in_service_members/{A}/2026"}

    monkeypatch.setenv(
        "AIRFLOW_CONN_DUBAN_SMTP", '{"conn_type": "smtp", "host": "localhost", "extra": {"from_email": "d@d.example"}}'
    )
    batch = next_batch(get_server())
    while batch is not None:
        batch.write()
        batch = next_batch(get_server(), batch)
    town.closes("2026H1")
    out = town.out("2026H1")
    [told] = [row for row in town.read("2026H1", "intake.csv") if row["name"].startswith("2026H1")]
    assert PERSONAL in told["message"]
    half = {row["figure"]: row["value"] for row in town.read("2026H1", "figures.csv")}
    assert (half["registered"], half["claimed"], half["qualified"]) == ("4", "3", "2"), "B3: 2 × 3/4 + 2 × 2/4 = 2.50"
    for period in ("2026H2", "2026"):
        town.closes(period)
        [year, street, _] = town.read(period, "tables/T4.csv")
        told = ["5", "4", "3", "80.00", "60.00", "50.5", "10.10"]  # B3: 2 × 4/5 + 2 × 3/5 = 2.80
        assert list(year.values())[2:9] == list(street.values())[2:9] == [*told], (period, year)
        by_unit = {row["code"]: list(row.values())[2:] for row in town.read(period, "tables/T4-1.csv")}
        assert by_unit == {
            "U1": ["2", "2", "2", "100.00", "100.00", "27", "13.50"],  # who left in May is in none of it
            "U2": ["2", "1", "0", "50.00", "0.00", "11.5", "5.75"],
            "U3": ["1", "1", "1", "100.00", "100.00", "12", "12.00"],
            STREET: told,
        }, period
    # everything that was written, searched for every name: the letters and their mails alone have them, and those are closed
    with transaction() as connection:
        mails = connection.exec_driver_sql("SELECT sha256, recipient FROM mail").all()
        rows = [str(row) for table in metadata.tables for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')]
    written = "\n".join(rows) + caplog.text
    on_disk = b"".join(path.read_bytes() for path in world.rglob("*") if path.is_file() and "inbox" not in path.parts)
    exported = b"".join(unpacked(path) for path in out.rglob("*") if path.is_file())
    for name in NAMES:
        assert name not in written
        assert name.encode() not in on_disk
        assert name.encode() not in exported
    carrying = {sha256 for sha256, _ in mails if contents.is_personal(sha256)}
    assert len(carrying) >= 3
    assert not any(_names_anybody(contents.load(sha256)) for sha256, _ in mails if sha256 not in carrying)


def test_what_a_unit_asks_of_one_member_is_answered_by_a_letter_that_the_committee_signs(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """征求意见回复函: asked for by a person, of one member alone."""
    town = Town(world, monkeypatch, "in_service", subjects=SUBJECTS, links="")
    fill(town, of("time_bank", town))
    monkeypatch.setenv("DUBAN_NOW", "2026-12-04T10:00:00")
    asked = {"kind": "征求意见回复函", "unit": A, "reason": "县医院来函征求意见"}
    with pytest.raises(UserError, match="09"):
        act("row_letter", "admin", row="09", **asked)
    letter_id = drafts("row_letter", "admin", row="03", **asked)
    assert signs(letter_id) == ""
    with transaction() as connection:
        [(unit, sha256)] = connection.exec_driver_sql("SELECT unit_code, docx_sha256 FROM paper").all()
        told = (
            connection.exec_driver_sql("SELECT recipient FROM notice WHERE kind IN ('pair_letter', 'statement')")
            .scalars()
            .all()
        )
    said = words_of(contents.load(sha256))
    assert unit == "U2" and told == ["shuji@yunqiao.example"], "U2 has no address: the community hands it over"
    assert NAMES[2] in said and not any(name in said for name in NAMES if name != NAMES[2])
    assert "2026年3月10日报到" in said and "没有认领岗位" in said and "服务11.5小时" in said and "特此函复" in said


def test_the_time_bank_keeps_balances_and_states_them_once_a_year(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case of lists.md §11."""
    bank = Town(world, monkeypatch, "time_bank", subjects=SUBJECTS, links="")
    accounts = [f"01,在职党员,01,{NAMES[0]},,2025-01-01,", f"02,群众志愿者,,{NAMES[1]},,2026-01-01,"]
    assert bank.hands_in("2026H1", ACCOUNTS, A, OF_ACCOUNTS, *accounts, at="2026-01-04T10:00:00") == "accepted", (
        bank.said
    )

    def entries(period: str, at: str, *lines: str) -> str:
        rows = [
            f"{line},便民服务,,E{n},居民小组长,," if "存入" in line else f"{line},便民服务,,,,,"
            for n, line in enumerate(lines)
        ]
        return bank.hands_in(period, HOURS, A, OF_HOURS, *rows, at=at)

    assert entries("2025-12", "2026-01-05T10:00:00", "9,01,2025-12-20,存入,3") == "accepted", bank.said
    assert entries("2026-03", "2026-04-03T10:00:00", "1,01,2026-03-07,存入,2.0") == "accepted", bank.said
    assert entries("2026-04", "2026-05-05T10:00:00", "2,01,2026-04-11,存入,4.5") == "accepted", bank.said
    two = ("3,01,2026-05-16,支取,5.0", "4,02,2026-05-09,存入,5.0", "5,02,2026-05-09,存入,5.0")
    assert entries("2026-05", "2026-06-05T10:00:00", *two) == "accepted", bank.said
    assert "同一人一天合计超过 8 小时" in bank.said
    assert "都没有这个户号" not in bank.said
    strange = entries("2026-05", "2026-06-05T11:00:00", "12,99,2026-03-28,存入,1.0")
    assert strange == "accepted" and "账户册和报到登记册里都没有这个户号（卡号）" in bank.said, bank.said
    assert "日期在 60 天以前" in bank.said
    assert entries("2026-06", "2026-07-03T10:00:00", "6,01,2026-06-20,支取,5.0") == "returned"
    assert "余额不足，差 0.5 小时" in bank.said
    number = "11,340722199001011234,在职党员,13812345678,某,,2026-01-01,"
    assert bank.hands_in("2026H1", ACCOUNTS, A, OF_ACCOUNTS, number[3:], at="2026-06-08T10:00:00") == "returned"
    assert "请勿填写身份证号或电话" in bank.said and "340722" not in bank.said and "138" not in bank.said

    scheme = load_scheme("time_bank", Period.parse("2026"))
    at = parse_moment("2027-01-11T07:50:00", "test")
    with transaction() as connection:
        assert draft_row_letters(connection, scheme, scheme.documents[0], STREET, at) is not None
        files = files_of_letters(connection, scheme, STREET)
    said = "".join(words_of(files[f"letters/{A}-时间银行年度对账单.docx"]).split())
    assert "期初（小时）存入支取转赠净额期末36.5504.5" in said, said
    assert said.count("2026年时间银行对账单") == 2 and "户号02" in said
    assert not any(name in said for name in NAMES)


def test_personal_data_is_gone_when_its_time_is_up_and_ops_hear_of_it_before(
    database: Engine, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(world, monkeypatch, "in_service", subjects=SUBJECTS, links="")
    fill(town, of("time_bank", town))

    def runs(day: str) -> None:
        monkeypatch.setenv("DUBAN_NOW", f"{day}T07:50:00")
        keep_diary("test")

    def kept() -> dict[str, str]:
        with transaction() as connection:
            rows = rows_as_of(connection, "in_service.in_service_members", STREET, dt.date(2028, 12, 31), now())
        return {row.key: (unsealed(row.sealed) or {}).get("person", "") for row in rows}

    with transaction() as connection:
        [raw] = connection.exec_driver_sql("SELECT sha256 FROM delivery WHERE name LIKE '2026H1%%'").scalars().all()
    runs("2028-12-01")
    assert len(contents.load(raw)) > 0
    runs("2028-12-03")  # two years after 2026, less thirty days
    with transaction() as connection:
        told = connection.exec_driver_sql("SELECT payload FROM notice WHERE subject LIKE 'erasure/%%'").scalars().all()
    assert len(told) == 1 and "2029年1月1日销毁" in told[0]
    assert kept()["05"] == NAMES[4]
    runs("2029-01-01")
    with pytest.raises(ErasedError, match="保存期满"):
        contents.load(raw)
    # who is still registered keeps the name, under the key of the running year; who left in 2026 has none any more
    assert kept() == {"01": NAMES[0], "02": NAMES[1], "03": NAMES[2], "04": NAMES[3], "05": "", "06": NAMES[5]}
    with transaction() as connection:
        decided = connection.exec_driver_sql("SELECT field, decided_by FROM decision WHERE kind = 'erasure'").all()
    assert [tuple(row) for row in decided] == [(f"in_service.in_service_members/{A}/2026", "日程")]
    assert [str(key) for key in known_keys()] == [f"in_service.in_service_members/{A}/2029"]
    runs("2029-01-02")
    town.closes("2026H1")
    assert {row["figure"]: row["value"] for row in town.read("2026H1", "figures.csv")}["registered"] == "4"
    if database.dialect.name == "sqlite":  # what cannot be read again is copied
        of_rows = "SELECT row_key, version, cells, sealed, known_from, known_until FROM ledger_row ORDER BY ledger, row_key, version"
        again = make_engine(database.url.set(database=str(world / "again.db")))
        migrate(again)
        found = rebuild(database, again, parse_moment("2029-01-03T07:50:00", "test"))
        assert found.differences == [] and "照原库存下的抄录" in found.notes[0], found
        with again.connect() as there, transaction() as here:
            there, here = (one.exec_driver_sql(of_rows).all() for one in (there, here))
            assert [row for row in there if row[3]] and len(there) == len(here)
        again.dispose()
