"""Certificates of an authority of the test's own, and a server that hears whatever a client says to it."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Certificate:
    """PEM files; `certificate` is signed by itself and so its own authority."""

    certificate: Path
    key: Path


def certify(folder: Path, name: str) -> Certificate:
    """A certificate for a host name or an address of the net."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names: x509.GeneralName = x509.DNSName(name)
    if name.replace(".", "").isdigit():
        names = x509.IPAddress(ip_address(name))
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@dataclass
class Heard:
    """A listening server and all that it was told."""

    port: int
    words: bytearray = field(default_factory=bytearray)


@contextmanager
def listening(greeting: bytes, answer: bytes, certificate: Certificate | None = None) -> Iterator[Heard]:
    """A server, under TLS where it has a certificate, that greets, and answers every line by `answer`, with its tag."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard = Heard(listener.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            line.settimeout(5)
            try:
                if certificate is not None:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate.certificate, certificate.key)
                    line = context.wrap_socket(line, server_side=True)
                line.sendall(greeting)
                while said := line.recv(4096):
                    heard.words.extend(said)
                    line.sendall(answer.replace(b"TAG", said.split()[0]))
            except OSError:
                pass
            finally:
                line.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield heard
    finally:
        listener.close()
