"""Five workers of a community and a year of theirs: the worked case of forms.md 9b."""

from __future__ import annotations

from collections.abc import Sequence

from tests.town import STREET, Town

A = f"{STREET}001"
WORKERS = [f"W-{n}" for n in range(1, 6)]
SUBJECTS = f"{A},杏花社区,{STREET},云街街道,,a@x.cn\n" + "".join(
    f"{code},工作人员{code[2:]},{STREET},云街街道,社区工作者,\n" for code in WORKERS
)
LINKS = "".join(f"{code},所属社区,{A}\n" for code in WORKERS)
ATTRIBUTES = "".join(f"{code},岗位,{'副职岗' if code == 'W-5' else '工作人员岗'}\n{code},级别,5\n" for code in WORKERS)
RATED, VOTED = "德,能,勤,绩,廉", "发出票数,收回票数,满意,基本满意,一般,不满意"
BY_COMMUNITY, BY_STREET, BALLOTS = "社区评社区工作者", "街道评社区工作者", "居民代表测评票"
WORKED = {BY_COMMUNITY: "18,17,18,26,9", BY_STREET: "17,17,18,25,9", BALLOTS: "32,30,20,8,2,0"}
BEST = {BY_COMMUNITY: "20,20,20,29,10", BY_STREET: "20,20,20,29,10", BALLOTS: "32,30,30,0,0,0"}


def year(town: Town, period: str, *, without: str = "", among: Sequence[str] = WORKERS) -> str | None:
    """W-2 is rated best, all others as in the worked case; the result."""
    for form in (BY_COMMUNITY, BY_STREET, BALLOTS):
        filler = A if form == BY_COMMUNITY else STREET
        lines = [f"{code},,{(BEST if code == 'W-2' else WORKED)[form]}" for code in among]
        if form != without:
            titles = VOTED if form == BALLOTS else RATED
            assert town.hands_in(period, form, filler, titles, *lines) == "accepted", town.said
    return town.closes(period)
