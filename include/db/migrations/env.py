"""Alembic runs inside the connection that include.db.engine.migrate hands over."""

from alembic import context

from include.db.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
