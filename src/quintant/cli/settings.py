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

    rows = [*read(settings_of(data_dir), {"data_dir"} if data_dir else set()), *of_labs()]
    if json:
        import orjson

        print(orjson.dumps({"settings": rows}, option=orjson.OPT_INDENT_2).decode())
        return
    width = max(len(row["variable"]) for row in rows)
    for row in rows:
        value = "" if row["value"] is None else str(row["value"])
        print(f"{row['variable']:<{width}}  {value or '(empty)'}   [{row['from']}]")
        print(f"{'':<{width}}  {row['says']}")


def read(settings: Any, own_names: set[str]) -> list[dict[str, Any]]:
    """One row per setting; secrets are masked. `own_names`: names that the command line gave."""
    import os

    from pydantic import SecretStr

    from quintant.settings import PREFIX, is_blank

    kind = type(settings)
    environment = {name.upper() for name, text in os.environ.items() if not is_blank(text)}
    rows = []
    for name, field in kind.model_fields.items():
        variable = f"{PREFIX}{name}".upper()
        value = getattr(settings, name)
        source = "command line" if name in own_names else "environment" if variable in environment else "default"
        if isinstance(value, SecretStr):
            value = "********" if value.get_secret_value() else ""
        elif name in ADDRESSES and value:
            value = PASSWORD.sub(r"\1********\2", str(value))
        elif value is not None and not isinstance(value, int | float | bool):
            value = str(value)
        rows.append({"name": name, "variable": variable, "value": value, "from": source, "says": field.description or ""})
    return rows


def of_labs() -> list[dict[str, Any]]:
    """One row per setting that an installed lab declares."""
    from quintant import registry

    rows = []
    for lab in registry.labs().values():
        for setting in lab.settings:
            text = setting.read()
            shown = "********" if text and setting.secret else PASSWORD.sub(r"\1********\2", text or "")
            rows.append(
                {
                    "name": f"{lab.name}.{setting.variable.lower()}",
                    "variable": setting.variable,
                    "value": shown or None,
                    "from": "environment" if text else f"default: {setting.default}",
                    "says": f"{lab.name}: {setting.says}",
                }
            )
    return rows
