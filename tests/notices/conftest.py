"""The counting mail server, for every test of this folder."""

from tests.faults.mail_server import mail_server

__all__ = ["mail_server"]
