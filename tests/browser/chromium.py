"""Chromium for the browser tests: what is installed, or what the system's package manager installs where it may.

python tests/browser/chromium.py      # what `make test` does; says in one line what came of it
"""

from __future__ import annotations

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-liberation")
INSTALL_S = 300
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def found() -> str | None:
    """Where Chromium is, or None. `PAGE_CHROMIUM` names another one."""
    named = os.environ.get("PAGE_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def missing() -> str | None:
    """Why the browser tests cannot run, or None."""
    try:
        import axe_playwright_python  # noqa: F401
        import playwright  # noqa: F401
    except ImportError as error:
        return f"{error.name} is not installed (pip install 'quintant[test]')"
    if found() is None:
        return "no Chromium is installed (apt-get install chromium)"
    return None


def installed() -> str:
    """Install it where that needs no question: as root, by apt-get. What came of it, in a sentence."""
    here = found()
    if here:
        return f"{here} is there"
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "no Chromium, and it cannot be installed without asking: the browser tests are skipped"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": INSTALL_S, "check": False}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    try:
        if subprocess.run(install, env=environment, **quiet).returncode != 0:
            subprocess.run(["apt-get", "update"], env=environment, **quiet)
            subprocess.run(install, env=environment, **quiet)
    except subprocess.TimeoutExpired:
        return f"apt-get took longer than {INSTALL_S} s: the browser tests are skipped"
    return f"{found()} was installed" if found() else "apt-get has no Chromium: the browser tests are skipped"


if __name__ == "__main__":
    print(f"browser: {installed()}")
