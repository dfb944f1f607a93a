"""What every figure of every lab promises to a page: parts, rows and Vega that a strict policy lets run."""

from __future__ import annotations

import json
from typing import Any

import vl_convert

from quintant.figure.caption import KEY
from quintant.figure.export import PX_PER_MM, VEGA_LITE, drawn_size, fit, fitted_like
from quintant.figure.parts import bare, compiled, in_rows, spoken_parts, thinned


def check_parts(spec: dict[str, Any], width_mm: float = 174) -> None:
    """The words stand beside, the drawing has none of them; its data are rows with names; compiled without its rows it is what
    it would be with them; its layout found without most of its rows is the layout of all."""
    told = spoken_parts(spec)
    drawing = in_rows(bare(spec))
    text = json.dumps(drawing)
    assert "title" not in drawing and told["finding"] == spec["usermeta"][KEY]["sentence"]
    assert told["subtitle"] and told["alt"].startswith(told["finding"]) and told["finding"] in told["caption"]
    assert '"csv"' not in text, "Vega reads CSV by `new Function`, which the page's policy forbids"
    assert drawing["datasets"] and all(isinstance(row, dict) for rows in drawing["datasets"].values() for row in rows)
    vega = compiled(drawing)
    plain = vl_convert.vegalite_to_vega(drawing, vl_version=VEGA_LITE)
    plain.pop("usermeta", None)
    assert json.loads(json.dumps(vega), parse_int=float) == json.loads(json.dumps(plain), parse_int=float)
    named = {data["name"]: data for data in vega["data"]}
    assert all("values" in named[name] for name in drawing["datasets"])
    assert not any("url" in data for data in vega["data"]), "nothing is asked from anywhere"
    small = thinned(drawing, 200)
    assert drawn_size(small) == drawn_size(drawing)
    fitted = fitted_like(drawing, fit(small, width_mm * PX_PER_MM), small)
    assert drawn_size(fitted) == drawn_size(fit(drawing, width_mm * PX_PER_MM))
