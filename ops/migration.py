"""Write the migration that brings the database from the newest revision to include/db/tables.py."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from include.db.engine import database_url, make_engine, migrate
from include.settings import REPO


def write_migration(revision: str, message: str) -> None:
    """`revision` is the next number (0002), `message` what changed."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(database_url(f"sqlite:///{Path(folder) / 'empty.db'}"))
        migrate(engine)
        config = Config()
        config.set_main_option("script_location", str(REPO / "include/db/migrations"))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message=message, rev_id=revision, autogenerate=True)
        engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("message")
    arguments = parser.parse_args()
    write_migration(arguments.revision, arguments.message)
