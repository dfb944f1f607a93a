"""The names and columns of what a persona Run gives: tables, documents, metrics.

events        one row per life event                         assessments   one row per persona, session and instrument
responses     one row per item                               days          one row per persona and night: state and traits
readings      one row per persona and session: what was seen inside, or why not
attention     share of attention per layer and segment       activations   distance from the persona's baseline per layer
alerts        one row per drift alert

Documents: `language_model` (who answered, what it can and cannot do), `cohort` (the tests), `instruments` (licences, bands),
`validity` (gates of the measurements), `notice`.
"""

from __future__ import annotations

import pyarrow as pa

SHORT = {"phq9": "PHQ-9", "gad7": "GAD-7", "pss10": "PSS-10"}
"""What the questionnaires are called where there is little room."""
NOTICE = "Simulated persona. Not a clinical assessment."
METHOD_LIMIT = (
    "Statement contrast on a small model reads the mood of a text more than whose life it tells: events that happened to "
    "strangers move it more than half as far (measured: 51 to 64 %)."
)

EVENTS = pa.schema(
    [
        ("event_id", pa.string()),
        ("persona_id", pa.string()),
        ("day", pa.int32()),
        ("hour", pa.int32()),
        ("event_type", pa.string()),
        ("category", pa.string()),
        ("template", pa.string()),
        ("title", pa.string()),
        ("description", pa.string()),
        ("diary", pa.string()),
        ("intensity", pa.float64()),
        ("stress_impact", pa.float64()),
        ("duration_h", pa.float64()),
        ("response", pa.string()),
        ("response_tokens", pa.int32()),
        ("memories", pa.list_(pa.string())),
        ("prompt_hash", pa.string()),
    ]
)
ASSESSMENTS = pa.schema(
    [
        ("assessment_id", pa.string()),
        ("persona_id", pa.string()),
        ("day", pa.int32()),
        ("instrument", pa.string()),
        ("score", pa.int32()),
        ("latent", pa.float64()),
        ("severity", pa.string()),
        ("valid", pa.bool_()),
        ("missing_items", pa.int32()),
        ("baseline", pa.bool_()),
        ("method", pa.string()),
        ("prompt_hash", pa.string()),
    ]
)
RESPONSES = pa.schema(
    [
        ("assessment_id", pa.string()),
        ("persona_id", pa.string()),
        ("day", pa.int32()),
        ("instrument", pa.string()),
        ("item", pa.int32()),
        ("question", pa.string()),
        ("response", pa.string()),
        ("score", pa.int32()),
        ("raw_score", pa.int32()),
        ("latent", pa.float64()),
        ("contrast", pa.float64()),
        ("raw_response", pa.string()),
        ("sensitive", pa.bool_()),
    ]
)
DAYS = pa.schema(
    [
        ("persona_id", pa.string()),
        ("day", pa.int32()),
        ("condition", pa.string()),
        ("stress", pa.float64()),
        ("mood", pa.string()),
        ("openness", pa.float64()),
        ("conscientiousness", pa.float64()),
        ("extraversion", pa.float64()),
        ("agreeableness", pa.float64()),
        ("neuroticism", pa.float64()),
        ("drift_magnitude", pa.float64()),
    ]
)
READINGS = pa.schema(
    [
        ("persona_id", pa.string()),
        ("day", pa.int32()),
        ("self_reference_score", pa.float64()),
        ("emotional_salience", pa.float64()),
        ("sink_share", pa.float64()),
        ("reason", pa.string()),
    ]
)
ATTENTION = pa.schema(
    [
        ("persona_id", pa.string()),
        ("day", pa.int32()),
        ("layer", pa.int32()),
        ("segment", pa.string()),
        ("share", pa.float64()),
    ]
)
ACTIVATIONS = pa.schema(
    [
        ("persona_id", pa.string()),
        ("day", pa.int32()),
        ("layer", pa.int32()),
        ("distance", pa.float64()),
        ("projection", pa.float64()),
        ("z", pa.float64()),
        ("q_value", pa.float64()),
        ("significant", pa.bool_()),
    ]
)
ALERTS = pa.schema(
    [
        ("persona_id", pa.string()),
        ("instrument", pa.string()),
        ("day", pa.int32()),
        ("rule", pa.string()),
        ("baseline_score", pa.float64()),
        ("current_score", pa.float64()),
        ("change_magnitude", pa.float64()),
        ("direction", pa.string()),
        ("z", pa.float64()),
        ("significance", pa.string()),
    ]
)
SCHEMAS = {
    "events": EVENTS,
    "assessments": ASSESSMENTS,
    "responses": RESPONSES,
    "days": DAYS,
    "readings": READINGS,
    "attention": ATTENTION,
    "activations": ACTIVATIONS,
    "alerts": ALERTS,
}


def batch(table: str, rows: list[dict[str, object]]) -> pa.RecordBatch:
    """Rows as a batch of that table; a column that a row does not have is null."""
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMAS[table])
