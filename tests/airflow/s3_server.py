"""A real S3 server (moto) in a process of its own on loopback, and the sender's side of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

BUCKET = "baosong"
_START = """
import time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
while True:
    time.sleep(60)
"""


@dataclass(frozen=True)
class Server:
    """A bucket. `connection` is what an Airflow connection to it says."""

    port: int

    @property
    def connection(self) -> str:
        extra = {"endpoint_url": f"http://127.0.0.1:{self.port}", "region_name": "us-east-1"}
        return json.dumps({"conn_type": "aws", "login": "key", "password": "secret", "extra": extra})

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def keys(self) -> list[str]:
        return [entry["Key"] for entry in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def empty(self) -> None:
        urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{self.port}/moto-api/reset", method="POST"), timeout=10
        ).close()
        self.client.create_bucket(Bucket=BUCKET)


@contextmanager
def running() -> Iterator[Server]:
    process = subprocess.Popen([sys.executable, "-c", _START], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        server = Server(int(process.stdout.readline()))
        deadline = time.monotonic() + 30
        while True:
            try:
                server.empty()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield server
    finally:
        process.kill()
        process.wait()
