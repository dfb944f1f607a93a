"""/docs: Swagger UI, and /redoc: Redoc, both from the package. Nothing on the pages is asked from another machine."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

ASSETS = Path(__file__).parent / "web" / "swagger"
REDOC = Path(__file__).parent / "web" / "redoc"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quintant · API</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none",
  defaultModelsExpandDepth: 0, displayRequestDuration: true, validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout",
});
"""
REDOC_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Redoc ends its menu with a logo from its maker's machine: the policy keeps it from being asked for, the style from a gap.
REDOC_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quintant · API reference</title>
<style>body { margin: 0 } img[src^="https://"] { display: none }</style>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
</head>
<body>
<div id="redoc"></div>
<script src="/redoc/assets/redoc.standalone.js"></script>
<script src="/redoc/start.js"></script>
</body>
</html>
"""
REDOC_START = """Redoc.init("/openapi.json", {
  disableSearch: true, hideLoading: true, nativeScrollbars: true,
  theme: {typography: {fontFamily: "Helvetica, Arial, sans-serif", headings: {fontFamily: "Helvetica, Arial, sans-serif"}}},
}, document.getElementById("redoc"));
"""


def mount(app: FastAPI) -> None:
    """Serve /docs and /redoc, their start scripts and their assets."""

    @app.get("/docs", include_in_schema=False)
    def page() -> Response:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    @app.get("/docs/start.js", include_in_schema=False)
    def start() -> Response:
        return Response(START, media_type="text/javascript")

    @app.get("/redoc", include_in_schema=False)
    def reference() -> Response:
        return HTMLResponse(REDOC_PAGE, headers={"Content-Security-Policy": REDOC_POLICY})

    @app.get("/redoc/start.js", include_in_schema=False)
    def reference_start() -> Response:
        return Response(REDOC_START, media_type="text/javascript")

    app.mount("/redoc/assets", StaticFiles(directory=REDOC), name="redoc")
    app.mount("/docs/assets", StaticFiles(directory=ASSETS), name="swagger")
