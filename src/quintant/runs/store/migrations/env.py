"""Alembic's entry: runs the migrations on the connection that `database.migrate` hands over."""

from alembic import context

from quintant.runs.store.models import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
context.run_migrations()
