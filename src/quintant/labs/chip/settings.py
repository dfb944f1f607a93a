"""What the operator of a server decides for the chip lab."""

from __future__ import annotations

from quintant.lab import Setting

SIGNUP = Setting(
    "QUINTANT_SIGNUP",
    "on: everybody who reaches the server may create an account (POST /v1/signup). off: only its operator, "
    "by quintant chip signup.",
    default="on, where the server has no key of its own",
)
SETTINGS = (SIGNUP,)
