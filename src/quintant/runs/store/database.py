"""Opening the database: SQLite in WAL mode with immediate write transactions, or PostgreSQL; migrations on opening."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout
from sqlalchemy.pool import QueuePool

from quintant.errors import (
    ConfigError,
    NotInstalled,
    Problem,
    QuintantError,
    StorageFull,
    StoreAway,
    StoreDamaged,
    Unreachable,
)

BUSY_MS = 30_000
MIGRATIONS = Path(__file__).parent / "migrations"
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
    _own(Path(parsed.database))
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


def _own(file: Path) -> None:
    """The database's file, its owner's alone (0600); SQLite gives its journal the same rights.

    One that is there is never opened here: closing any descriptor of a file drops all locks that this process has on it
    (POSIX 2017, fcntl), those of SQLite's own connections too, and two writers then destroy it (sqlite.org/howtocorrupt, 2.2).
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError, PermissionError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.suppress(OSError):  # what keeps it from being opened is told when it is
        if file.stat().st_mode & 0o077 and file.stat().st_uid == os.getuid():
            for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
                if path.exists():
                    path.chmod(0o600)


def _without_nul(context: ExceptionContext) -> None:
    """PostgreSQL's text holds no NUL: what asks for such a name asks for nothing that can be there."""
    if "cannot contain NUL" in str(context.original_exception):
        raise ConfigError(Problem("", "A text with the character NUL names nothing here.")) from None


@contextmanager
def opened(url: str) -> Iterator[None]:
    """Around the first use of a database: what keeps it from opening is said in words, without its password."""
    try:
        yield
    except (DBAPIError, StoreAway, StorageFull, StoreDamaged, OSError) as error:
        fault = error.__cause__ if isinstance(error, QuintantError) else error
        cause = str(getattr(fault, "orig", None) or fault).strip().splitlines()[0].rstrip(".")
        parsed = make_url(url)
        if isinstance(error, StorageFull):
            raise
        if parsed.get_backend_name() != "sqlite":
            raise Unreachable(f"The store {parsed.render_as_string(hide_password=True)} does not answer: {cause}") from error
        hint = "Mend or move it, or take another folder with --data-dir (QUINTANT_DATA_DIR)."
        text = f"{parsed.database} cannot be opened: {cause}."
        raise ConfigError(Problem("data_dir", text, parsed.database, None, hint)) from error


_rolled_back: dict[int, Connection] = {}
"""The transactions of `rolled_back`, by the id of their engine."""


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A short write transaction: BEGIN IMMEDIATE on SQLite, so that two writers queue instead of failing half-way.

    StoreAway, StorageFull or StoreDamaged when the database cannot do it.
    """
    if (transaction := _rolled_back.get(id(engine))) is not None:
        yield transaction
        return
    with in_words(), engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with. StoreAway, StorageFull or StoreDamaged when the database cannot do it."""
    if (transaction := _rolled_back.get(id(engine))) is not None:
        yield transaction
        return
    with in_words(), engine.connect() as connection:
        yield connection


FULL = ("database or disk is full", "no space left on device", "disk quota exceeded", "could not extend file", "53100")
DAMAGED = ("malformed", "file is not a database", "invalid page", "could not read block")
SQLITE_AWAY = ("locked", "busy", "unable to open", "disk i/o error", "interrupted")
"""SQLite calls its faults and ours by one class; a table that is not there is ours."""


@contextmanager
def in_words() -> Iterator[None]:
    """What a database says of itself, as an error that a person can act on; faults of our statements stay as they are."""
    try:
        yield
    except DBAPIError as error:
        raise spoken(error) from error
    except SQLAlchemyTimeout as error:  # all connections of the pool are waiting for the same database
        raise StoreAway("The store did not answer in time.") from error


def spoken(error: DBAPIError) -> Exception:
    """`error` as StoreAway, StorageFull or StoreDamaged, or itself where the database is well."""
    cause = str(error.orig or error).strip().splitlines()[0].rstrip(".")
    low = f"{cause} {getattr(error.orig, 'sqlstate', '') or ''}".lower()
    if any(word in low for word in FULL):
        return StorageFull(
            f"The disk is full, and the store cannot keep anything new ({cause}). It goes on once there is space."
        )
    if any(word in low for word in DAMAGED):
        return StoreDamaged(
            f"The store is damaged ({cause}). Stop what uses it, copy the file, and bring a backup back; what can still be "
            "read of an SQLite file comes out with: sqlite3 quintant.db .recover"
        )
    ours = isinstance(error.orig, sqlite3.Error) and not any(word in low for word in SQLITE_AWAY)
    if not ours and (isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated):
        return StoreAway(f"The store does not answer now: {cause}.")
    return error


@contextmanager
def rolled_back(engine: Engine) -> Iterator[None]:
    """All that is read and written in the block is one transaction, which is taken back at its end. Not thread-safe."""
    with engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection, connection.begin() as transaction:
        _rolled_back[id(engine)] = connection
        try:
            yield
        finally:
            del _rolled_back[id(engine)]
            transaction.rollback()


def migrate(engine: Engine, runs_folder: Path | None = None) -> None:
    """Bring the database to the newest migration. Several processes may call it at once: one does it, the others wait.

    `runs_folder`: where the Runs' folders lie, for what a migration reads from their files.
    """
    if revision(engine) == newest():  # as a rule: and then Alembic, the half of opening a store, is not even imported
        return
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
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
                config.attributes |= {"connection": connection, "runs_folder": runs_folder}
                command.upgrade(config, "head")
                return
        except CommandError as error:
            where = engine.url.render_as_string(hide_password=True)
            text = f"{where} was written by another version of Quintant, perhaps a newer one: {error}."
            raise ConfigError(Problem("store_url", text, None, None, "Install that version, or take another folder.")) from None
        except StoreAway:
            if attempt == 9:
                raise
            time.sleep(0.2)


def newest() -> str:
    """The revision that no migration follows, read from the migrations' files."""
    names: set[str] = set()
    followed: set[str] = set()
    for path in (MIGRATIONS / "versions").glob("*.py"):
        named = dict(re.findall(r'^(revision|down_revision) = "(\w+)"', path.read_text(), re.MULTILINE))
        names.add(named["revision"])
        followed.add(named.get("down_revision", ""))
    [last] = names - followed
    return last


def revision(engine: Engine) -> str | None:
    """What the database says of itself; None where it says nothing (yet), which is Alembic's to find out."""
    try:
        with reading(engine) as connection:
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except (DBAPIError, StoreAway):
        return None
