"""Print /openapi.json of this source tree: what `make web-types` makes the page's types of."""

import sys
import tempfile
from pathlib import Path

import orjson

from quintant.runs import open_runs
from quintant.server import create_app
from quintant.settings import Settings

with tempfile.TemporaryDirectory() as folder:
    settings = Settings(data_dir=Path(folder))
    with open_runs(settings, execute=False) as runs:
        sys.stdout.buffer.write(orjson.dumps(create_app(runs, settings).openapi(), option=orjson.OPT_SORT_KEYS))
