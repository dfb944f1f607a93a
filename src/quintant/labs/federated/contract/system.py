"""/api/system/devices: what can train here."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter
from starlette.responses import Response

from quintant.json_value import Json
from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute
from quintant.wire.refusal import answer

GIB = 2**30


def router() -> APIRouter:
    routes = APIRouter(prefix="/api/system", route_class=InteflRoute)

    @routes.get("/devices", summary="Devices that can train", responses=examples.answers({200: examples.DEVICES}))
    def devices() -> Response:
        gpu = gpu_info()
        devices = ["cpu", "gpu"] if gpu else ["cpu"]
        return answer(
            {
                "available_devices": devices,
                "gpu_available": gpu is not None,
                "gpu_info": gpu,
                "recommended_device": devices[-1],
            }
        )

    return routes


@cache
def gpu_info() -> dict[str, Json] | None:
    """{name, vram_gb} of the first GPU that PyTorch can use. A build for CPUs alone is not imported to be asked."""
    try:
        if version("torch").endswith("+cpu"):
            return None
    except PackageNotFoundError:
        return None
    import torch

    if not torch.cuda.is_available():
        return None
    properties = torch.cuda.get_device_properties(0)
    return {"name": properties.name, "vram_gb": round(properties.total_memory / GIB, 1)}
