"""Pictures and pages of a snapshot, drawn when one is asked for.

Images are shown pixel by pixel, in grids; counts and norms as charts in the house's theme. Pages hold no script, and every
word that came from data or a config is escaped.
"""

from __future__ import annotations

import difflib
import html
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quintant.figure import LIGHT, export
from quintant.json_value import Json

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

    from quintant.labs.federated.folder.snapshots import Snapshot

    Floats = npt.NDArray[np.floating]

SIDE_PX, GAP_PX, LABEL_PX, FONT_PX, FRAME_PX = 112, 12, 20, 13, 3
LEAST_CHANGE = 1e-6
MARGIN = 2
"""Pixels shown around what was changed."""
Box = tuple[int, int, int, int]
DPI = 110
STYLE = (
    f"body{{margin:24px;background:{LIGHT.surface};color:{LIGHT.text};font:14px/1.5 Arial,Helvetica,sans-serif}}"
    "table{border-collapse:collapse}td,th{padding:4px 10px;text-align:left;vertical-align:top;border-bottom:1px solid #ddd}"
    "del{background:#f6d5d0}ins{background:#cfe8d8;text-decoration:none}"
)


def draw(snapshot: Snapshot, slot: str) -> bytes:
    return DRAWN[slot](snapshot)


# --- images ---


@dataclass(frozen=True)
class Cell:
    """One image (channels, height, width) in 0..1 with a line beneath. `frame`: colour around it; `box`: pixels outlined."""

    image: Floats
    caption: str = ""
    frame: str | None = None
    box: Box | None = None


def before_and_after(snapshot: Snapshot) -> bytes:
    """A row per sample: before and after; for a trigger also what was changed, enlarged, and by how much."""
    before, after = snapshot.arrays["before"], snapshot.arrays["after"]
    old, new = snapshot.arrays["labels_before"], snapshot.arrays["labels_after"]
    names = snapshot.metadata.get("classes") or []
    triggered = snapshot.attack_type == "backdoor_trigger"
    rows = []
    for index in range(len(before)):
        box = _changed(before[index], after[index]) if triggered else None
        row = [
            Cell(before[index], f"label {_class(names, old[index])}"),
            Cell(after[index], f"label {_class(names, new[index])}", box=box),
        ]
        if box is not None:
            left, top, right, bottom = box
            near = after[index][:, max(top - MARGIN, 0) : bottom + MARGIN, max(left - MARGIN, 0) : right + MARGIN]
            row += [Cell(near), Cell(_heat(before[index], after[index]))]
        rows.append(row)
    return _grid(_title(snapshot), ["before", "after", "changed region", "difference"][: 4 if triggered else 2], rows)


def differences(snapshot: Snapshot) -> bytes:
    """A row per sample: before, after, and the absolute difference."""
    before, after = snapshot.arrays["before"], snapshot.arrays["after"]
    rows = []
    for old, new in zip(before, after, strict=True):
        largest = f"at most {float(abs(new - old).max()):.2f}"
        rows.append([Cell(old), Cell(new), Cell(_heat(old, new), largest)])
    return _grid(_title(snapshot), ["before", "after", "difference"], rows)


def predictions(snapshot: Snapshot) -> bytes:
    """Test images with what the weights say of them before and after the attack; right is green, wrong is red."""
    rows = []
    names = snapshot.metadata.get("classes") or []
    labels, old, new = (snapshot.arrays[name] for name in ("labels", "predictions_before", "predictions_after"))
    for index, image in enumerate(snapshot.arrays["images"]):
        true, first, second = (_class(names, values[index]) for values in (labels, old, new))
        rows.append(
            [
                Cell(image, f"is {true}"),
                Cell(image, f"said {first}", _verdict(first == true)),
                Cell(image, f"says {second}", _verdict(second == true)),
            ]
        )
    return _grid(_title(snapshot), ["test image", "before", "after"], rows)


def prediction_grid(snapshot: Snapshot) -> bytes:
    """Test images with what the falsified weights say of them, six in a row."""
    names = snapshot.metadata.get("classes") or []
    labels, said = snapshot.arrays["labels"], snapshot.arrays["predictions_after"]
    cells = []
    for index, image in enumerate(snapshot.arrays["images"]):
        true, predicted = _class(names, labels[index]), _class(names, said[index])
        cells.append(Cell(image, f"is {true}, says {predicted}", _verdict(predicted == true)))
    return _grid(_title(snapshot), [], [cells[start : start + 6] for start in range(0, len(cells), 6)])


def _verdict(right: bool) -> str:
    return LIGHT.status["completed" if right else "failed"]


def _changed(before: Floats, after: Floats) -> Box | None:
    """(left, top, right, bottom) of the smallest rectangle that holds every changed pixel; None when none is."""
    import numpy as np

    touched = np.argwhere((abs(after - before) > LEAST_CHANGE).any(axis=0))
    if not len(touched):
        return None
    (top, left), (bottom, right) = touched.min(axis=0), touched.max(axis=0)
    return int(left), int(top), int(right) + 1, int(bottom) + 1


def _heat(before: Floats, after: Floats) -> Floats:
    """The absolute difference, from paper (none) to red (the largest of this sample)."""
    import numpy as np

    size = abs(after - before).mean(axis=0)
    share = size / size.max() if size.max() > 0 else size
    low, high = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) / 255 for c in (LIGHT.grid, LIGHT.status["failed"]))
    result: Floats = (low[:, None, None] * (1 - share) + high[:, None, None] * share).astype(np.float32)
    return result


def _grid(title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """Cells in rows under a title and the heads of the columns."""
    from PIL import Image, ImageDraw, ImageFont

    font, columns = ImageFont.load_default(FONT_PX), max((len(row) for row in rows), default=1)
    top = GAP_PX + LABEL_PX + (LABEL_PX if heads else 0)
    cell_px, row_px = SIDE_PX + GAP_PX, SIDE_PX + LABEL_PX + GAP_PX
    width = max(GAP_PX + columns * cell_px, 2 * GAP_PX + int(font.getlength(title)))
    sheet = Image.new("RGB", (width, top + len(rows) * row_px + GAP_PX), LIGHT.surface)
    pen = ImageDraw.Draw(sheet)
    pen.text((GAP_PX, GAP_PX), title, LIGHT.text, font)
    for column, head in enumerate(heads):
        pen.text((GAP_PX + column * cell_px, GAP_PX + LABEL_PX), head, LIGHT.muted, font)
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            left, upper = GAP_PX + column * cell_px, top + row * row_px
            shown, factor = _enlarged(cell.image)
            sheet.paste(shown, (left, upper))
            if cell.frame is not None:
                edges = (
                    left - FRAME_PX,
                    upper - FRAME_PX,
                    left + shown.width + FRAME_PX - 1,
                    upper + shown.height + FRAME_PX - 1,
                )
                pen.rectangle(edges, outline=cell.frame, width=FRAME_PX)
            if cell.box is not None:
                x0, y0, x1, y1 = (round(edge * factor) for edge in cell.box)
                pen.rectangle((left + x0 - 2, upper + y0 - 2, left + x1 + 1, upper + y1 + 1), None, LIGHT.status["failed"], 2)
            pen.text((left, upper + SIDE_PX + 2), cell.caption, LIGHT.text, font)
    return _png(sheet)


def _enlarged(image: Floats) -> tuple[Image.Image, float]:
    """SIDE_PX on its longer side, every pixel a square, and how often it was enlarged."""
    import numpy as np
    from PIL import Image

    colours = np.repeat(image, 3, axis=0) if image.shape[0] == 1 else image
    shown = Image.fromarray((np.clip(colours, 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0))
    factor = SIDE_PX / max(shown.size)
    size = (max(1, round(shown.width * factor)), max(1, round(shown.height * factor)))
    return shown.resize(size, Image.Resampling.NEAREST), factor


def _png(sheet: Image.Image) -> bytes:
    data = io.BytesIO()
    sheet.save(data, "PNG", optimize=True)
    return data.getvalue()


# --- charts ---


def confusion(snapshot: Snapshot) -> bytes:
    """How many samples of each label got which new one."""
    names = snapshot.metadata.get("classes") or []
    rows = [{"from": _class(names, a), "to": _class(names, b), "count": n} for a, b, n in snapshot.metadata.get("flips", [])]
    order = [str(name) for name in names] or "ascending"
    place = {
        "x": {"field": "to", "type": "nominal", "title": "new label", "scale": {"domain": order} if names else {}},
        "y": {"field": "from", "type": "nominal", "title": "true label", "scale": {"domain": order} if names else {}},
    }
    cells = {"mark": "rect", "encoding": {**place, "color": {"field": "count", "type": "quantitative", "title": "samples"}}}
    titles = {
        "mark": {"type": "text", "fontSize": 10},
        "encoding": {
            **place,
            "text": {"field": "count"},
            "color": {
                "condition": {"test": "datum.count > 0.6 * datum.most", "value": LIGHT.text}, "value": LIGHT.surface,
            },
        },
    }  # fmt: skip
    most = max((row["count"] for row in rows), default=1)
    values = [{**row, "most": most} for row in rows]
    return _chart(_title(snapshot), 360, 360, {"data": {"values": values}, "layer": [cells, titles]})


def histogram(snapshot: Snapshot) -> bytes:
    """Weights before, after, and both, on a logarithmic count."""
    edges = snapshot.arrays["edges"]
    rows = [
        {"low": float(edges[i]), "high": float(edges[i + 1]), "count": int(counts[i]), "when": when}
        for when, counts in (("before", snapshot.arrays["histogram_before"]), ("after", snapshot.arrays["histogram_after"]))
        for i in range(len(counts))
        if counts[i] > 0
    ]
    span = {"domain": [float(edges[0]), float(edges[-1])]}
    colour = {
        "field": "when", "type": "nominal", "title": None, "sort": ["before", "after"],
        "scale": {"domain": ["before", "after"], "range": [LIGHT.accent, LIGHT.status["failed"]]},
    }  # fmt: skip
    bars = {
        "mark": {"type": "bar", "opacity": 0.55},
        "encoding": {
            "x": {"field": "low", "type": "quantitative", "title": "weight", "bin": {"binned": True}, "scale": span},
            "x2": {"field": "high"},
            "y": {"field": "count", "type": "quantitative", "scale": {"type": "log", "domainMin": 0.7}, "title": "weights"},
            "y2": {"datum": 0.7},
            "color": colour,
        },
    }

    def panel(title: str, chosen: str | None) -> dict[str, Json]:
        kept = [{"filter": f"datum.when === '{chosen}'"}] if chosen else []
        return {"title": title, "width": 220, "height": 200, "transform": kept, **bars}

    panels = [panel("before", "before"), panel("after", "after"), panel("both", None)]
    return _chart(_title(snapshot), None, None, {"data": {"values": rows}, "hconcat": panels})


def layers(snapshot: Snapshot) -> bytes:
    """The change of each layer as a norm, and where along the layer it lies."""
    names = [str(name) for name in snapshot.metadata.get("layers") or range(len(snapshot.arrays["layer_delta"]))]
    norms = [{"layer": name, "norm": float(norm)} for name, norm in zip(names, snapshot.arrays["layer_delta"], strict=True)]
    cells = [
        {"layer": name, "place": index, "change": float(value)}
        for name, row in zip(names, snapshot.arrays["delta_map"], strict=True)
        for index, value in enumerate(row)
    ]
    layer = {"field": "layer", "type": "nominal", "title": None, "sort": None}
    bare = {"labels": False, "ticks": False, "grid": False}
    bars = {
        "data": {"values": norms}, "width": 240, "height": {"step": 24}, "mark": "bar",
        "encoding": {"y": layer, "x": {"field": "norm", "type": "quantitative", "title": "L2 norm of the change"}},
    }  # fmt: skip
    heat = {
        "data": {"values": cells}, "width": 400, "height": {"step": 24}, "mark": "rect",
        "encoding": {
            "y": {**layer, "axis": bare},
            "x": {"field": "place", "type": "ordinal", "title": "along the layer, in 64 parts", "axis": bare},
            "color": {"field": "change", "type": "quantitative", "title": "mean absolute change"},
        },
    }  # fmt: skip
    return _chart(_title(snapshot), None, None, {"hconcat": [bars, heat], "resolve": {"scale": {"color": "independent"}}})


def _chart(title: str, width: int | None, height: int | None, body: Mapping[str, Json]) -> bytes:
    size = {} if width is None else {"width": width, "height": height}
    schema = "https://vega.github.io/schema/vega-lite/v6.json"
    return export({"$schema": schema, "title": title, "config": LIGHT.vega_config(), **size, **body}, "png", dpi=DPI)


# --- texts ---


def diff(snapshot: Snapshot) -> bytes:
    """The texts with what was taken out struck through and what was put in marked."""
    rows = "".join(
        f"<tr><td>{index}</td><td>{_marked(before, after)}</td></tr>"
        for index, (before, after) in enumerate(_texts(snapshot), 1)
    )
    return _page(_title(snapshot), f"<table><tr><th>sample</th><th>text</th></tr>{rows}</table>")


def text(snapshot: Snapshot) -> bytes:
    parts = [f"sample {index}\n- {before}\n+ {after}\n" for index, (before, after) in enumerate(_texts(snapshot), 1)]
    return "\n".join([_title(snapshot), "", *parts]).encode()


def _texts(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    return zip(snapshot.metadata["texts_before"], snapshot.metadata["texts_after"], strict=True)


def index(own: Sequence[Snapshot]) -> bytes:
    """All snapshots of a strategy, with links to their files."""
    rows = []
    for snapshot in own:
        here = snapshot.stem.partition("/")[2]
        links = ", ".join(
            f'<a href="{html.escape(snapshot.path(slot).partition("/")[2])}">{slot.replace("_", " ")}</a>'
            for slot in snapshot.slots
        )
        metadata = f"{here}{'_weight' if snapshot.on_weights else ''}_metadata.json"
        facts = (f"<td>{value}</td>" for value in (snapshot.client, snapshot.round, html.escape(snapshot.attack_type)))
        rows.append(f'<tr>{"".join(facts)}<td>{links}, <a href="{html.escape(metadata)}">metadata</a></td></tr>')
    head = "<tr><th>participant</th><th>round</th><th>attack</th><th>files</th></tr>"
    return _page(f"Attack snapshots of strategy {own[0].strategy}", f"<table>{head}{''.join(rows)}</table>")


def _marked(before: str, after: str) -> str:
    old, new = before.split(), after.split()
    parts = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = html.escape(" ".join(old[a:b])), html.escape(" ".join(new[c:d]))
        if kind == "equal":
            parts.append(come)
            continue
        parts += [f"<del>{gone}</del>"] if gone else []
        parts += [f"<ins>{come}</ins>"] if come else []
    return " ".join(parts)


def _page(title: str, body: str) -> bytes:
    name = html.escape(title)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title><style>{STYLE}</style></head>'
        f"<body><h1>{name}</h1>{body}</body></html>\n"
    ).encode()


def _title(snapshot: Snapshot) -> str:
    return f"{snapshot.attack_type.replace('_', ' ')}, participant {snapshot.client}, round {snapshot.round}"


def _class(names: Sequence[Json], label: Json) -> str:
    number = int(label)
    return str(names[number]) if 0 <= number < len(names) else str(number)


DRAWN: Mapping[str, Callable[[Snapshot], bytes]] = {
    "primary": before_and_after,
    "difference_heatmap": differences,
    "confusion_matrix": confusion,
    "html_diff": diff,
    "prediction_grid": prediction_grid,
    "prediction_comparison": predictions,
    "weight_histogram": histogram,
    "weight_layer_delta": layers,
}
