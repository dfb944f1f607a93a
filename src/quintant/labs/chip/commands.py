"""`quintant chip …`: the verbs that this lab adds to the command line.

quintant chip grant EMAIL TIER     give an account of the cloud contract another tier
quintant chip signup EMAIL [TIER]  create an account, also where signing up is shut
quintant chip accounts             who has signed up, and what they have used
quintant chip synapses|weights|spikes   files (`file_commands`)
quintant chip nir-import|nir-export     NIR graphs (`nir.commands`)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

from quintant.labs.chip import file_commands
from quintant.labs.chip.nir import commands as nir_commands

app = typer.Typer(name="chip", help="What the chip lab adds.", no_args_is_help=True, add_completion=False)
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help="Server to talk to.", show_default=False)]
DataDir = Annotated[Path | None, typer.Option("--data-dir", metavar="DIR", help="Data folder.", show_default=False)]


class Door(Protocol):
    """What is used of the command line's door, which arrives in `context.obj`."""

    def operate(self, lab: str, what: str, here: Callable[[Any], Any], body: Mapping[str, Any] | None = None) -> Any: ...

    def __enter__(self) -> Door: ...

    def __exit__(self, *ending: Any) -> None: ...


@app.callback()
def _chip() -> None:
    """What the chip lab adds."""


@app.command()
def grant(
    context: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Address that the account was signed up with.")],
    tier: Annotated[str, typer.Argument(metavar="TIER", help="free, researcher, startup or enterprise.")],
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Give an account another tier, from its next request on."""

    def here(runs: Any) -> Any:
        from quintant.labs.chip.contract import operator
        from quintant.labs.chip.contract.accounts import Accounts

        return operator.grant(Accounts(runs), email, tier)

    opened: Callable[[str | None, Path | None], Door] = context.obj
    with opened(url, data_dir) as door:
        done = door.operate("chip", "grants", here, {"email": email, "tier": tier})
    limits = done["limits"]
    jobs = "any number of" if limits["jobs_per_day"] is None else limits["jobs_per_day"]
    print(f"{done['email']}   {done['was']} → {done['tier']}")
    print(f"{jobs} jobs a day, {limits['max_neurons']} neurons, {limits['max_timesteps']} timesteps")


@app.command()
def signup(
    context: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Address of the new account.")],
    tier: Annotated[str, typer.Argument(metavar="[TIER]", help="free, researcher, startup or enterprise.")] = "free",
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """Create an account, and print its first key."""

    def here(runs: Any) -> Any:
        from quintant.labs.chip.contract import operator
        from quintant.labs.chip.contract.accounts import Accounts

        return operator.create(Accounts(runs), email, tier)

    opened: Callable[[str | None, Path | None], Door] = context.obj
    with opened(url, data_dir) as door:
        account = door.operate("chip", "accounts", here, {"email": email, "tier": tier})
    print(f"{account['email']}   {account['tier']}")
    print(f"{account['api_key']}   (told this once)")


@app.command()
def accounts(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    url: Url = None,
    data_dir: DataDir = None,
) -> None:
    """List the accounts, with what they have used."""

    def here(runs: Any) -> Any:
        from quintant.labs.chip.contract import operator

        return operator.listing(runs)

    opened: Callable[[str | None, Path | None], Door] = context.obj
    with opened(url, data_dir) as door:
        listed = door.operate("chip", "accounts", here)["accounts"]
    if json:
        import orjson

        print(orjson.dumps({"accounts": listed}).decode())
        return
    width = max((len(account["email"]) for account in listed), default=0)
    for account in listed:
        limit = "" if account["jobs_limit_today"] is None else f" of {account['jobs_limit_today']}"
        print(
            f"{account['email']:<{width}}  {account['tier']:<10}  {account['jobs_today']}{limit} jobs today   "
            f"{account['compute_seconds_this_month']:.3f} s this month   £{account['estimated_cost_gbp']:.5f}"
        )
    if not listed:
        print("Nobody has signed up.")


for verb in (
    file_commands.synapses, file_commands.weights, file_commands.spikes, nir_commands.nir_import, nir_commands.nir_export,
):  # fmt: skip
    app.command()(verb)
