"""The health checks of docker-compose.yaml: what a part of Airflow says of itself, asked of the API server, by the standard
library alone. Airflow's own check by its command line takes some five seconds of a processor each time."""

from __future__ import annotations

import json
import sys
import urllib.request

_SECONDS = 20


def main(address: str, part: str) -> int:
    """0 where the part at that address is healthy."""
    with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=_SECONDS) as answer:  # noqa: S310 - our own
        return int(json.load(answer)[part]["status"] != "healthy")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
