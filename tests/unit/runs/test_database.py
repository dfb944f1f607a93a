"""Opening the store: what keeps it from opening is said in words, with the way out and without its password."""

import sys

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from quintant.errors import ConfigError, Unreachable
from quintant.runs import open_runs
from quintant.runs.store import Store, database
from quintant.settings import Settings


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "is not a database URL"),
        ("mysql://user:hidden@host/name", "must be of sqlite or postgresql; got mysql"),
        ("sqlite://", "cannot be shared with workers"),
    ],
)
def test_a_store_that_is_none_is_refused(url, said):
    with pytest.raises(ConfigError, match=f"store_url: .*{said}") as caught:
        Store(url)
    assert "hidden" not in str(caught.value)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "quintant.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(ConfigError, match=r"data_dir: .*quintant\.db cannot be opened: file is not a database\."):
        Store(f"sqlite:///{tmp_path / 'quintant.db'}")


def test_a_database_that_does_not_answer_is_named_without_its_password():
    with pytest.raises(Unreachable, match=r"The store postgresql.*me:\*\*\*@127.0.0.1:1/x does not answer: ") as caught:
        Store("postgresql+psycopg://me:hidden@127.0.0.1:1/x")
    assert "hidden" not in str(caught.value)


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"data_dir: .*file cannot be a data folder: Not a directory"):
        open_runs(Settings(data_dir=tmp_path / "file"), execute=False)


def test_a_store_of_a_newer_version_is_named(tmp_path):
    url = f"sqlite:///{tmp_path / 'quintant.db'}"
    store = Store(url)
    with database.writing(store.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(ConfigError, match=r"was written by another version of Quintant, perhaps a newer one"):
        Store(url)


def test_the_newest_revision_is_that_of_alembic():
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    assert database.newest() == ScriptDirectory.from_config(config).get_current_head()


def test_a_store_that_is_up_to_date_is_opened_without_alembic(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'quintant.db'}"
    Store(url).close()
    monkeypatch.setitem(sys.modules, "alembic", None)  # its import would raise
    Store(url).close()
    with pytest.raises(ImportError):
        Store(f"sqlite:///{tmp_path / 'new.db'}")
