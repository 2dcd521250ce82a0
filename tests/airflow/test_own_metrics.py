"""Airflow's own metrics leave as docs/operations.md says: over OTLP and HTTP, to a collector that really listens."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from include.settings import REPO

_SETTINGS = re.compile(r"`((?:AIRFLOW__METRICS|OTEL)_\w+)=([^`]+)`")


@pytest.mark.long
def test_airflow_sends_its_metrics_to_the_collector_that_the_handbook_sets(tmp_path: Path) -> None:
    received: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            plain = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
            asked = ExportMetricsServiceRequest.FromString(plain)
            received.extend(
                metric.name for one in asked.resource_metrics for scope in one.scope_metrics for metric in scope.metrics
            )
            self.send_response(200)
            self.end_headers()

    handbook = (REPO / "docs/operations.md").read_text(encoding="utf-8")
    settings = dict(_SETTINGS.findall(handbook))
    assert len(settings) == 3
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    environment = {
        **os.environ,
        **settings,
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
        "AIRFLOW_HOME": str(tmp_path),
        "NO_PROXY": "127.0.0.1",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
    }
    code = "import time, airflow.observability.metrics.stats_utils; from airflow.jobs import scheduler_job_runner; time.sleep(2)"
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=REPO, capture_output=True, check=True)
    server.shutdown()
    assert received and all(name.startswith("airflow.") for name in received)
