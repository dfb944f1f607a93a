"""Mirror: what a Redis server is told of each persona at the end of a day, when the config names one.

    persona:<persona id>                        the newest state of that persona, whichever Run told it
    simulation:<run id>:persona:<persona id>    its state in that Run
    simulation:<run id>:checkpoint              the day that is over, and who lives

Each for a day. The mirror is for others to look at: nothing is read back from it, and the store of the server stays the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from quintant.errors import EngineError
from quintant.labs.persona.backends.choice import address, allowed
from quintant.labs.persona.settings import REDIS_PASSWORD

KEPT_S = 86_400
TIMEOUT_S = 5.0


def tell(url: str, run_id: str, day: int, personas: Mapping[str, Mapping[str, Any]]) -> int:
    """Write the states; the number of keys. EngineError when the server cannot be reached or refuses."""
    import redis

    client = redis.Redis.from_url(
        allowed(address("mirror_url", url)),
        password=REDIS_PASSWORD.read(),
        socket_connect_timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
    )
    keys = {f"simulation:{run_id}:checkpoint": {"simulation_day": day, "personas": sorted(personas)}}
    for id, state in personas.items():
        keys[f"persona:{id}"] = keys[f"simulation:{run_id}:persona:{id}"] = dict(state)
    try:
        with client, client.pipeline(transaction=True) as together:
            for name, value in keys.items():
                together.set(name, orjson.dumps(value), ex=KEPT_S)
            together.execute()
    except redis.RedisError as error:
        raise EngineError(f"mirror_url: Redis cannot keep the states: {_cause(error)}") from None
    return len(keys)


def _cause(error: Exception) -> str:
    """What went wrong, without what the other side said: a config may have named anything that listens."""
    import redis

    kinds = ((redis.AuthenticationError, "the password is wrong"), (redis.TimeoutError, f"no answer within {TIMEOUT_S:g} s"),
             (redis.ConnectionError, "it does not answer as a Redis server"))  # fmt: skip
    return next((text for kind, text in kinds if isinstance(error, kind)), f"it refused ({type(error).__name__})")
