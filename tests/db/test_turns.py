"""What one process does at a time, whoever shares the database."""

import subprocess
import sys
import threading
from pathlib import Path

from sqlalchemy import Engine

from include.db.turns import alone

HOLDER = """
import sys
from pathlib import Path
from include.db.turns import alone
with alone("work", Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


def test_who_comes_second_waits_and_other_work_does_not(database: Engine, world: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with alone("work", world):
            order.append("second")

    with alone("work", world):
        waiting = threading.Thread(target=second)
        waiting.start()
        with alone("other work", world):
            order.append("other")
        order.append("first")
    waiting.join()
    assert order == ["other", "first", "second"]


def test_the_turn_of_a_process_that_is_killed_is_free(database: Engine, world: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(world)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"in\n"
    holder.kill()
    holder.communicate()
    with alone("work", world):
        pass
