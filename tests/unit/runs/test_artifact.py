"""Artifacts: whatever a path is, it names a file inside the run's folder, or it is refused in words."""

import pytest

from quintant.errors import Forbidden, NotFound
from quintant.runs import artifact


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a\x00b", "a\\b", "out"])
def test_what_leads_outside_is_forbidden(tmp_path, path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "out").symlink_to(tmp_path)
    with pytest.raises(Forbidden):
        artifact.existing(tmp_path / "run", path)


@pytest.mark.parametrize("path", ["nothing.json", "x" * 300, "a/" * 4000, "loop", "loop/x.json"])
def test_a_name_that_no_file_has_or_can_have_is_not_found(tmp_path, path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(NotFound, match="File not found: "):
        artifact.existing(tmp_path, path)
