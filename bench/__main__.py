"""`make bench`: every benchmark one after the other, each in a process of its own so that none warms another's caches."""

from __future__ import annotations

import subprocess
import sys

BENCHES = (
    "intake",
    "notices",
    "circulars",
    "forms",
    "ratings",
    "scoring",
    "validation",
    "ledgers",
    "county",
    "page",
    "latency",
)

if __name__ == "__main__":
    for name in BENCHES:
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)
