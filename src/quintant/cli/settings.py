"""`quintant settings`: every setting with its environment variable, its value and where that comes from."""

from __future__ import annotations

import re
from typing import Any

from quintant.cli.options import DataDir, Json

ADDRESSES = ("store_url", "url")  # may hold a password: postgresql+psycopg://user:password@host/name
PASSWORD = re.compile(r"(://[^/@:]*:).*(@[^@]*$)")


def settings(json: Json = False, data_dir: DataDir = None) -> None:
    """List the settings: name, environment variable, value, where it comes from."""
    from quintant.client.discovery import settings_of

    rows = read(settings_of(data_dir), {"data_dir"} if data_dir else set())
    if json:
        import orjson

        print(orjson.dumps({"settings": rows}, option=orjson.OPT_INDENT_2).decode())
        return
    width = max(len(row["variable"]) for row in rows)
    for row in rows:
        value = "" if row["value"] is None else str(row["value"])
        print(f"{row['variable']:<{width}}  {value or '(empty)'}   [{row['from']}]")
        print(f"{'':<{width}}  {row['says']}")


def read(found: Any, given: set[str]) -> list[dict[str, Any]]:
    """One row per setting; secrets are masked. `given`: names that the command line gave."""
    import os

    from pydantic import SecretStr

    kind = type(found)
    prefix = kind.model_config.get("env_prefix", "")
    environment = {name.upper() for name in os.environ}
    rows = []
    for name, field in kind.model_fields.items():
        variable = f"{prefix}{name}".upper()
        value = getattr(found, name)
        source = "command line" if name in given else "environment" if variable in environment else "default"
        if isinstance(value, SecretStr):
            value = "********" if value.get_secret_value() else ""
        elif name in ADDRESSES and value:
            value = PASSWORD.sub(r"\1********\2", str(value))
        elif value is not None and not isinstance(value, int | float | bool):
            value = str(value)
        rows.append({"name": name, "variable": variable, "value": value, "from": source, "says": field.description or ""})
    return rows
