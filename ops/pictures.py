"""`make pictures`: the pictures of docs/operations.md, taken in a real browser of what `make up` shows after a demo."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from include.errors import UserError
from include.settings import REPO
from ops.command import run_command
from ops.environment import mail_token
from ops.place import Place, last_place

FOLDER = REPO / "docs/pictures"
_VIEWS = {
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
    passwords = json.loads((place.airflow_home / "passwords.json").read_text(encoding="utf-8"))
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        page = window.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800}).new_page()
        _log_in(page, f"http://127.0.0.1:{port}", passwords["admin"])
        taken = [
            _picture(page, f"http://127.0.0.1:{port}{path}", folder / f"{name}.png") for name, path in _VIEWS.items()
        ]
        page.goto(f"http://127.0.0.1:{port}/dags/act_grant_extension")
        page.get_by_role("button", name="触发").first.click()
        taken.append(_shot(page, folder / "act.png"))
        mails = f"http://127.0.0.1:{mail_port}/?token={mail_token(place)}"
        return [*taken, _picture(page, mails, folder / "mails.png")]


def _log_in(page: Page, address: str, password: str) -> None:
    page.goto(address)
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(password)
    page.locator("button[type=submit]").click()
    page.wait_for_url(lambda url: "login" not in url)


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
