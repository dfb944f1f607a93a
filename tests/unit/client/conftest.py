"""A folder of its own for what runs in this process, without a server."""

import pytest

from quintant import session


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("session")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUINTANT_DATA_DIR", str(path))
        yield path
        session._close()
