"""The local mailbox keeps each mail as a file that can be found, and shows it on a page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from include.archive import contents
from include.db.engine import transaction
from include.outbox.notice import Notice
from include.outbox.outbox import notify
from include.period import now
from include.post.sender import send_due
from include.settings import REPO
from tests.notices.outgoing import SAMPLES
from tests.notices.people import Unit

TOKEN = "a-token-of-the-tests"


@pytest.fixture
def sink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """A sink in a process of its own: the folder of its mails and the address of its page."""
    folder, port_file = tmp_path / "mails", tmp_path / "port"
    command = ["-m", "ops.mail_sink", "--port", "0", "--folder", folder, "--port-file", port_file, "--http-port", "0"]
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=REPO,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DUBAN_MAIL_TOKEN": TOKEN},
    )
    assert process.stdout
    page = re.search(r"http://\S+/", process.stdout.readline())
    assert page
    while not port_file.exists():
        assert process.poll() is None
        time.sleep(0.01)
    monkeypatch.setenv(
        "AIRFLOW_CONN_DUBAN_SMTP",
        f"smtp://127.0.0.1:{port_file.read_text()}?disable_ssl=true&disable_tls=true&from_email=duban@example.org",
    )
    yield folder, page[0]
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


def get(address: str) -> str:
    request = urllib.request.Request(address, headers={"X-Duban-Token": TOKEN})
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def test_a_mail_lands_as_a_readable_file_and_on_the_page(database: Engine, sink: tuple[Path, str]) -> None:
    folder, page = sink
    form = contents.store(b"workbook")
    with transaction() as connection:
        notify(
            connection,
            Notice(
                "form_opened",
                subject="s",
                unit=Unit(),
                due_at=now(),
                words=SAMPLES["form_opened"],
                attachments=[("填报表.xlsx", form)],
            ),
        )
    assert send_due("test").sent == 1
    [mail] = folder.glob("*.eml")
    assert mail.name.startswith("0001_填报通知-半年党建检查考评-2026年上半年")
    assert mail.name.endswith("_shuji@example.org.eml")
    assert "填报通知" in get(page)
    shown = get(f"{page}mail/{quote(mail.name)}")
    assert not re.search("Mon|Tue|Wed|Thu|Fri|Sat|Sun", get(page) + shown), "a date without English names"
    assert "浅黄色" in shown
    assert "填报表.xlsx" in shown
    assert "浅黄色" in get(f"{page}mail/{quote(mail.name)}/html")
    assert get(f"{page}mail/{quote(mail.name)}/file/0") == "workbook"


def test_the_page_shows_no_file_but_mails(sink: tuple[Path, str]) -> None:
    folder, page = sink
    (folder.parent / "secret.eml").write_text("x")
    for path in ("mail/..%2Fsecret.eml", "mail/%2Fetc%2Fpasswd", "etc"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(page + path)
    request = urllib.request.Request(page, headers={"Host": "evil.example.org"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request)


def test_the_page_shows_mails_to_nobody_without_its_token(sink: tuple[Path, str]) -> None:
    folder, page = sink
    (folder / "0001_通报_a@x.cn.eml").write_text("Subject: s\n\nbody", encoding="utf-8")
    for path in ("", "?token=", "?token=wrong", "?Token=" + TOKEN, f"mail/{quote('0001_通报_a@x.cn.eml')}", "none"):
        with pytest.raises(urllib.error.HTTPError, match="401") as refused:
            urllib.request.urlopen(page + path)
        assert "make up" in refused.value.read().decode()
    for header in ({"X-Duban-Token": "wrong"}, {"Cookie": "duban_mail=wrong"}, {"Cookie": "=;;"}):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(urllib.request.Request(page, headers=header))


def test_who_opened_the_page_with_its_token_goes_on_by_cookie(sink: tuple[Path, str]) -> None:
    with urllib.request.urlopen(f"{sink[1]}?token={TOKEN}") as answer:
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    request = urllib.request.Request(sink[1], headers={"Cookie": cookie.split(";")[0]})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
