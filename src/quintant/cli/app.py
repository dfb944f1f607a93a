"""The verbs, gathered. Each verb's module imports what is heavy inside its function: `quintant --help` stays quick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from quintant.cli import (
    annotate,
    backup,
    cite,
    compare,
    control,
    data,
    doctor,
    explain,
    export,
    extend,
    lab,
    labs,
    listing,
    log,
    prune,
    report_file,
    results_table,
    rm,
    run,
    serve,
    settings,
    show,
    verify,
    warm,
    watch,
    why_not_reused,
)

EPILOG = "A lab may add verbs of its own: quintant LAB --help (quintant labs lists the labs)."


class Verbs(TyperGroup):
    """Our verbs, then the labs': `quintant optical …` is looked up only when it is asked for."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command = super().get_command(ctx, cmd_name)
        if command is not None or cmd_name.startswith("-"):
            return command
        commands = labs.commands(cmd_name)
        return typer.main.get_command(commands) if commands is not None else None


app = typer.Typer(
    name="quintant",
    cls=Verbs,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Run, watch, repeat, compare and keep simulations you can trust. Without a verb: serve.",
)


@app.callback()
def _without_verb(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and end.", is_eager=True),
) -> None:
    if version:
        from quintant import __version__

        print(f"quintant {__version__}")
        raise typer.Exit
    context.obj = _door
    if context.invoked_subcommand is None:
        serve.serve()


def _door(url: str | None = None, data_dir: Path | None = None) -> Any:
    """What a lab's own verbs find in `context.obj`: they read Runs by the same door as ours, and import none."""
    from quintant.cli.door import open_door

    return open_door(url, data_dir)


app.command("run")(run.run)
app.command("serve")(serve.serve)
app.command("extend")(extend.extend)
app.command("watch")(watch.watch)
app.command("list")(listing.runs)
app.command("show")(show.show)
app.command("log")(log.log)
app.command("annotate")(annotate.annotate)
app.command("pause")(control.pause)
app.command("resume")(control.resume)
app.command("retry")(control.retry)
app.command("stop")(control.stop)
app.command("rm")(rm.rm)
app.command("prune")(prune.prune)
app.command("export")(export.export)
app.command("table")(results_table.results)
app.command("verify")(verify.verify)
app.command("compare")(compare.compare)
app.command("why-not-reused")(why_not_reused.why_not_reused)
app.command("cite")(cite.cite)
app.command("report")(report_file.report)
app.command("explain")(explain.explain)
app.command("labs")(labs.labs)
app.command("settings")(settings.settings)
app.command("warm")(warm.warm)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(data.app, name="data")
app.add_typer(lab.app, name="lab")
