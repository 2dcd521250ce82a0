"""The register of document numbers (发文字号): one row a number, no gap, no reuse, per committee and year."""

from __future__ import annotations

from sqlalchemy import Connection

from include.db import sql


def take_number(connection: Connection, prefix: str, year: int, document_id: str) -> str:
    """The document's number: the one it holds, else the next of the committee's year.

    Two at once: the second waits for the first, then takes the one after. In the caller's transaction, so that a
    number is taken for good only together with the document that carries it.
    """
    while (row := sql.fetch_one(connection, "documents/select_number", circular_id=document_id)) is None:
        sql.execute(connection, "documents/insert_number", prefix=prefix, year=year, circular_id=document_id)
    return f"{row['prefix']}〔{row['year']}〕{row['sequence']}号"
