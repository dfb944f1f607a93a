"""Headers of an answer: the contract's eight, and ours."""

from __future__ import annotations

TIMINGS = {
    "X-Pinglab-Core-Sim-Ms": "core_sim_ms", "X-Pinglab-Input-Prep-Ms": "input_prep_ms",
    "X-Pinglab-Weights-Build-Ms": "weights_build_ms", "X-Pinglab-Analysis-Ms": "analysis_ms",
    "X-Pinglab-Response-Build-Ms": "response_build_ms", "X-Pinglab-Server-Compute-Ms": "server_compute_ms",
}  # fmt: skip
SERIALIZE, BYTES, RUN_ID = "X-Pinglab-Serialize-Ms", "X-Pinglab-Response-Bytes", "X-Quintant-Run"
NOTICE = "X-Quintant-Notice"
"""Why there is nothing to see, when there is nothing to see."""
HEADERS = (*TIMINGS, SERIALIZE, BYTES)
"""The contract's eight."""
WARNINGS = "X-Quintant-Warnings"
"""What is accepted but should be known: input that is cut, keys that nothing reads, values rounded to the grid."""
IGNORED = "X-Quintant-Ignored-Keys"
"""Paths of what has no effect in a request."""
