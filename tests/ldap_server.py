"""A real directory (OpenLDAP's slapd) on loopback, with persons and their passwords."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ops.environment import free_port
from tests.tls_server import Certificate

_SCHEMA = Path("/etc/ldap/schema")
SLAPD = shutil.which("slapd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
HAS_SLAPD = SLAPD is not None and _SCHEMA.is_dir()
TREE = "dc=office,dc=invalid"
_SETTINGS = """\
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
moduleload back_mdb
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
security simple_bind={strength}
database mdb
suffix "{tree}"
directory {data}
"""


@contextmanager
def directory_server(
    folder: Path, certificate: Certificate, passwords: Mapping[str, str], *, takes_plain: bool = False
) -> Iterator[dict[str, int]]:
    """Its ports, by `ldap` and `ldaps`. Without `takes_plain` it takes no password that is not encrypted on the way."""
    assert SLAPD
    data = folder / "directory"
    data.mkdir()
    settings = folder / "slapd.conf"
    settings.write_text(
        _SETTINGS.format(
            schema=_SCHEMA, certificate=certificate.certificate, key=certificate.key, tree=TREE, data=data,
            strength=0 if takes_plain else 128,
        ),
        encoding="utf-8",
    )  # fmt: skip
    entries = [f"dn: {TREE}\nobjectClass: dcObject\nobjectClass: organization\no: office\n"]
    entries += [
        f"dn: uid={account},{TREE}\nobjectClass: inetOrgPerson\ncn: {account}\nsn: {account}\nuserPassword: {password}\n"
        for account, password in passwords.items()
    ]
    listed = folder / "persons.ldif"
    listed.write_text("\n".join(entries), encoding="utf-8")
    subprocess.run([str(Path(SLAPD).with_name("slapadd")), "-f", str(settings), "-l", str(listed)], check=True)
    ports = {"ldap": free_port(), "ldaps": free_port()}
    addresses = " ".join(f"{kind}://127.0.0.1:{port}/" for kind, port in ports.items())
    said = folder / "slapd.log"
    with said.open("wb") as log:
        server = subprocess.Popen([SLAPD, "-f", str(settings), "-h", addresses, "-d", "none"], stderr=log)
    try:
        while True:
            assert server.poll() is None, f"slapd did not start: {said.read_text(errors='replace')[-2000:]}"
            with suppress(OSError), socket.create_connection(("127.0.0.1", ports["ldaps"]), timeout=1):
                break
            time.sleep(0.05)
        yield ports
    finally:
        server.kill()
        server.wait()
