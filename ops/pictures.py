"""`make pictures`: the pictures of docs/operations.md, taken in a real browser of what `make up` shows after a demo."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from include.errors import UserError
from include.settings import REPO
from ops.command import run_command
from ops.environment import mail_token
from ops.logins import token_of
from ops.place import Place, last_place

FOLDER = REPO / "docs/pictures"
_VIEWS = {
    "today": "/duban/today?period=half_year/2026H1",
    "scores": "/duban/scores?period=half_year/2026H1",
    "items": "/duban/items?period=half_year/2026H1&f_standing=逾期",
    "flow": "/dags",
    "questions": "/required_actions",
}
_SETTLED_MS = 2_500


def take(place: Place, port: int, mail_port: int, folder: Path = FOLDER) -> list[Path]:
    """The pictures, anew. Raises UserError where nothing runs, or no Chromium is on the machine."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if place.running() is None:
        raise UserError("没有在运行的系统可以拍：请先运行 make demo，再运行 make up。")
    if browser is None:
        raise UserError("没有找到 Chromium：请安装它（Debian：apt-get install chromium），再运行同一命令。")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        window = playwright.chromium.launch(
            executable_path=browser,
            args=["--no-sandbox"],
            env={**os.environ, "FONTCONFIG_FILE": _our_fonts(Path(scratch))},
        )
        address = f"http://127.0.0.1:{port}"
        browsing = window.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
        browsing.add_cookies([{"name": "_token", "value": token_of(place, "admin"), "url": address}])
        page = browsing.new_page()
        taken = [_picture(page, f"{address}{path}", folder / f"{name}.png") for name, path in _VIEWS.items()]
        page.goto(f"{address}/duban/documents?period=half_year/2026H1&q=上半年")
        page.locator("#table tbody a").first.click()
        taken.append(_shot(page, folder / "document.png"))
        page.goto(f"{address}/dags/act_grant_extension")
        page.get_by_role("button", name="触发").first.click()
        taken.append(_shot(page, folder / "act.png"))
        mails = f"http://127.0.0.1:{mail_port}/?token={mail_token(place)}"
        return [*taken, _picture(page, mails, folder / "mails.png")]


def _our_fonts(folder: Path) -> str:
    """The browser finds the fonts of the documents where the machine has no Chinese ones of its own."""
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{(REPO / "var/fonts").resolve()}</dir>'
        f"<cachedir>{folder}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return str(path)


def _picture(page: Page, address: str, path: Path) -> Path:
    page.goto(address)
    return _shot(page, path)


def _shot(page: Page, path: Path) -> Path:
    """What the page shows once it is still."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_SETTLED_MS)
    page.screenshot(path=path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--mail-port", type=int, default=8025)
    options = parser.parse_args()
    for path in take(last_place() or Place("up"), options.port, options.mail_port):
        print(path.relative_to(REPO))


if __name__ == "__main__":
    run_command(main)
