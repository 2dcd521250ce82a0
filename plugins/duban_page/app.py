"""The application that Airflow's API server mounts at /duban: its rules for everybody, then the views."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException

from include.data_files import looking_once
from include.errors import NotAllowedError, UserError
from plugins.duban_page import (
    account,
    acting,
    calendar,
    documents,
    files,
    items,
    lists,
    overview,
    quality,
    record,
    unit,
    watched,
)
from plugins.duban_page.caller import login_address
from plugins.duban_page.rendering import FOLDER, told

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "frame-src 'self'; object-src 'self'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

app = FastAPI(title="督办台", docs_url=None, redoc_url=None, openapi_url=None)
app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
for room in (overview, lists, items, record, quality, unit, documents, files, acting, account, calendar, watched):
    app.include_router(room.router)


@app.middleware("http")
async def _guarded(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    if request.method == "GET":
        with looking_once():  # a page is of one moment: files that ops edit are looked for once
            response = await call_next(request)
    else:
        response = await call_next(request)
    for name, value in _HEADERS.items():
        if name == "Cache-Control" and "/static/" in request.url.path:
            continue
        response.headers.setdefault(name, value)
    return response


def _wants_page(request: Request) -> bool:
    return (
        request.method == "GET"
        and "text/html" in request.headers.get("accept", "")
        and not request.headers.get("hx-request")
    )


@app.exception_handler(StarletteHTTPException)
async def _refused(request: Request, error: StarletteHTTPException) -> Response:
    """Who is not logged in gets the login where a page was asked for; everything else is said in one sentence."""
    # Airflow says 403 to a token that is none any more: of an earlier start, or of a person who has left.
    if error.status_code == 401 or (error.status_code == 403 and error.detail == "Invalid JWT token"):
        if _wants_page(request):
            return RedirectResponse(login_address(request), status_code=302)
        return JSONResponse({"detail": "请先登录。"}, status_code=401)
    titles = {403: "不能办理", 404: "没有这一页"}
    said = str(error.detail) if error.status_code == 403 else f"没有 {request.url.path} 这一页：请从上面的菜单进入。"
    return told(request, error.status_code, titles.get(error.status_code, "没有办成"), [said])


@app.exception_handler(UserError)
async def _told(request: Request, error: UserError) -> Response:
    is_anothers = isinstance(error, NotAllowedError)
    return told(request, 403 if is_anothers else 422, "不能办理" if is_anothers else "没有办成", list(error.problems))
