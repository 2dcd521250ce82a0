"""The cleaner service of docker-compose.yaml: Airflow's old records and logs go when it starts and then once a night (ADR 67).

Tasks reach no database of Airflow there; this does, and has nothing else. One that fails is tried again the next night, and until
then the service counts as unhealthy.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

from include.period import in_zone, real_now

_AT = dt.time(3, 30)
STATE = Path("/tmp/cleaned")  # noqa: S108 - the container's own


def seconds_until_next(moment: dt.datetime) -> float:
    """From `moment` until half past three comes next in its zone: when the workflow `clean` runs, where it can."""
    night = moment.replace(hour=_AT.hour, minute=_AT.minute, second=0, microsecond=0)
    if night <= moment:
        night += dt.timedelta(days=1)
    return (night - moment).total_seconds()


def clean_once(state: Path = STATE) -> bool:
    """One cleaning, in a process of its own; whether it succeeded is left in `state` for the health check."""
    done = subprocess.run([sys.executable, "-m", "include.airflow_ext.cleaning"], check=False)
    state.write_text("done" if done.returncode == 0 else "failed", encoding="ascii")
    return done.returncode == 0


def main() -> None:
    while True:
        clean_once()
        time.sleep(seconds_until_next(in_zone(real_now())))


if __name__ == "__main__":
    main()
