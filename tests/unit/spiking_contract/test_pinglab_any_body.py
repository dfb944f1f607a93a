"""Whatever JSON a body holds, it is understood or refused with ConfigError; nothing else comes out of decoding."""

from __future__ import annotations

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from quintant.errors import ConfigError
from quintant.labs.spiking.contract.body import read
from quintant.labs.spiking.contract.decode import decode, decode_weights, ignored_header
from quintant.labs.spiking.contract.keys import RUN, TABLE
from quintant.labs.spiking.contract.refusal import entries

WORDS = {"mean", "std", "p", "dist", "name", "params"} | {name for table in TABLE.sections.values() for name in table}
NAMES = st.sampled_from(sorted(WORDS))
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5)
    | st.sampled_from(["lif", "pulses", "all", "normal", "gamma", "12", "yes", "nan", "1e999"])
)  # fmt: skip
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)  # fmt: skip
SECTIONS = st.dictionaries(NAMES, VALUES, max_size=4) | VALUES
BODIES = st.dictionaries(st.sampled_from([*filter(None, RUN), *TABLE.sections[""]]) | st.text(max_size=3), SECTIONS, max_size=4)


@settings(max_examples=300, deadline=None)
@given(BODIES)
def test_any_object_is_understood_or_refused(body):
    for understand in (decode, decode_weights):
        try:
            asked = understand(body)
        except ConfigError as error:
            told = entries(error)
            assert told and all(entry["loc"][0] == "body" and entry["msg"] for entry in told)
            orjson.dumps(told, default=str)
        else:
            ignored_header(asked.ignored).encode("ascii")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | BODIES.map(lambda body: repr(body).encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(data):
    try:
        assert isinstance(read(data), dict)
    except ConfigError as error:
        assert entries(error)
