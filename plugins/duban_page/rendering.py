"""A page of HTML from a template: header and menu around it, every address with the office and period that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from include.period import chinese_date, in_zone
from include.registry.units import Unit
from plugins.duban_page.caller import Caller
from plugins.duban_page.chosen import Chosen
from plugins.duban_page.tables import Cell, Table, as_file, shown
from plugins.duban_page.words import period_name

FOLDER = Path(__file__).parent
MENU = (
    ("today", "今天"), ("submissions", "报送情况"), ("items", "整改清单"), ("documents", "公文与签发"), ("mails", "邮件"),
    ("scores", "得分与名次"), ("files", "来件"), ("decisions", "办理记录"), ("runs", "运行情况"), ("quality", "数据质量"),
    ("settings", "设置"),
)  # fmt: skip

_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {"shown": shown, "chinese_date": chinese_date, "local": in_zone, "period_name": period_name}


def base_of(request: Request) -> str:
    """Where the page is mounted, behind whatever prefix."""
    return str(request.scope.get("root_path", "")).rstrip("/")


@dataclass(frozen=True)
class UnitCells:
    """Cells that name a unit and lead to its page, as long as the office has it; the address is put together once for all rows."""

    names: Mapping[str, str]
    _before: str
    _behind: str

    @classmethod
    def of(cls, request: Request, chosen: Chosen, units: Iterable[Unit] = ()) -> UnitCells:
        return cls({unit.code: unit.name for unit in units}, f"{base_of(request)}/unit/", f"?{chosen.query()}")

    def known(self, code: str, name: str) -> Cell:
        """Of a unit of which the row says the name."""
        return Cell(name, f"{self._before}{code}{self._behind}")

    def of_code(self, code: str) -> Cell:
        """Of a code that may be another's, or none's."""
        return self.known(code, self.names[code]) if code in self.names else Cell(code)


def page(request: Request, caller: Caller, chosen: Chosen | None, view: str, title: str, **facts: Any) -> HTMLResponse:
    """A whole page. `view` is its entry in the menu."""
    text = _environment.get_template(f"{view}.html").render(
        base=base_of(request), caller=caller, chosen=chosen, view=view, title=title, menu=MENU, path=request.url.path,
        query=request.url.query, **{"table": None, **facts},
    )  # fmt: skip
    return HTMLResponse(text)


def page_or_file(
    request: Request, caller: Caller, chosen: Chosen, view: str, title: str, table: Table, **facts: Any
) -> Response:
    """The page of a table, or the table as a file where the address says `format=xlsx` or `format=csv`."""
    ending = request.query_params.get("format", "")
    if ending in ("xlsx", "csv"):
        content, kind = as_file(table, ending)
        name = f"{chosen.office.street}{title}{chosen.today.isoformat()}.{ending}"
        return attachment(content, name, kind)
    return page(request, caller, chosen, view, title, table=table, **facts)


def attachment(content: bytes, name: str, kind: str = "application/octet-stream", *, inline: bool = False) -> Response:
    """A file under its Chinese name; one that came from outside is never shown inside the page."""
    how = "inline" if inline else "attachment"
    return Response(
        content, media_type=kind, headers={"Content-Disposition": f"{how}; filename*=UTF-8''{quote(name, safe='')}"}
    )


def told(request: Request, status: int, title: str, problems: list[str], caller: Caller | None = None) -> HTMLResponse:
    """A page that says what was refused, or is not there."""
    text = _environment.get_template("told.html").render(
        base=base_of(request), caller=caller, chosen=None, view="", title=title, menu=MENU, problems=problems, table=None,
        path=request.url.path, query="", back=_came_from(request),
    )  # fmt: skip
    return HTMLResponse(text, status_code=status)


def _came_from(request: Request) -> str:
    """The page of ours from which a form was sent; empty where none was."""
    before = urlsplit(request.headers.get("referer", ""))
    is_ours = (
        request.method == "POST"
        and before.netloc == request.headers.get("host")
        and before.path.startswith(base_of(request))
    )
    return before.path + (f"?{before.query}" if before.query else "") if is_ours else ""
