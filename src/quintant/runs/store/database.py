"""Opening the database: SQLite in WAL mode with immediate write transactions, or PostgreSQL; migrations on opening."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

from quintant.errors import ConfigError, NotInstalled, Problem, Unreachable

BUSY_MS = 30_000
BACKENDS = ("sqlite", "postgresql")
EXAMPLE = "Such as postgresql+psycopg://user@host/name; empty means SQLite in the data folder."


def connect(url: str) -> Engine:
    """An engine for `url` with this project's JSON and locking habits. Creates SQLite's folder."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError(Problem("store_url", "is not a database URL.", None, list(BACKENDS), EXAMPLE)) from None
    backend = parsed.get_backend_name()
    if backend not in BACKENDS:
        raise ConfigError(
            Problem("store_url", f"must be of {' or '.join(BACKENDS)}; got {backend}.", backend, list(BACKENDS), EXAMPLE)
        )
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(),
        "json_deserializer": orjson.loads,
    }
    if backend != "sqlite":
        try:
            engine = create_engine(parsed, pool_pre_ping=True, pool_size=8, max_overflow=32, **options)
        except ModuleNotFoundError as error:
            text = f"The driver of store_url is not installed: {error.name}."
            raise NotInstalled(f"{text} postgresql+psycopg://… needs psycopg.") from None
        event.listen(engine, "handle_error", _without_nul)
        return engine
    if not parsed.database or parsed.database == ":memory:":
        text = "an in-memory SQLite cannot be shared with workers; give a file or a PostgreSQL URL."
        raise ConfigError(Problem("store_url", text, url))
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=64,
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        **options,
    )

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_MS}", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def _without_nul(context: ExceptionContext) -> None:
    """PostgreSQL's text holds no NUL: what asks for such a name asks for nothing that can be there."""
    if "cannot contain NUL" in str(context.original_exception):
        raise ConfigError(Problem("", "A text with the character NUL names nothing here.")) from None


@contextmanager
def opened(url: str) -> Iterator[None]:
    """Around the first use of a database: what keeps it from opening is said in words, without its password."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0].rstrip(".")
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            raise Unreachable(f"The store {parsed.render_as_string(hide_password=True)} does not answer: {cause}") from error
        hint = "Mend or move it, or take another folder with --data-dir (QUINTANT_DATA_DIR)."
        text = f"{parsed.database} cannot be opened: {cause}."
        raise ConfigError(Problem("data_dir", text, parsed.database, None, hint)) from error


_rehearsals: dict[int, Connection] = {}
"""Of engines that rehearse at the moment, by id."""


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A short write transaction: BEGIN IMMEDIATE on SQLite, so that two writers queue instead of failing half-way."""
    if (rehearsal := _rehearsals.get(id(engine))) is not None:
        yield rehearsal
        return
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    if (rehearsal := _rehearsals.get(id(engine))) is not None:
        yield rehearsal
        return
    with engine.connect() as connection:
        yield connection


@contextmanager
def rehearsing(engine: Engine) -> Iterator[None]:
    """All that is read and written in the block is one transaction, which is taken back at its end. Not thread-safe."""
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin() as transaction:
        _rehearsals[id(engine)] = connection
        try:
            yield
        finally:
            del _rehearsals[id(engine)]
            transaction.rollback()


def migrate(engine: Engine) -> None:
    """Bring the database to the newest migration. Several processes may call it at once: one does it, the others wait."""
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    head = ScriptDirectory.from_config(config).get_current_head()
    with reading(engine) as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    for attempt in range(10):
        try:
            with writing(engine) as connection:
                if engine.dialect.name == "postgresql":
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7153427)")
                if MigrationContext.configure(connection).get_current_revision() == head:
                    return
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                return
        except CommandError as error:
            where = engine.url.render_as_string(hide_password=True)
            text = f"{where} was written by another version of Quintant, perhaps a newer one: {error}."
            raise ConfigError(Problem("store_url", text, None, None, "Install that version, or take another folder.")) from None
        except OperationalError:
            if attempt == 9:
                raise
            time.sleep(0.2)
