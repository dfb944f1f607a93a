"""One line of the run log per event that a person would want to read."""

from __future__ import annotations

from quintant.lab import Event


def log_line(event: Event) -> str | None:
    payload = event.payload
    match event.kind:
        case "language_model":
            can = ", ".join(payload["capabilities"] or ())
            return f"{payload['model']} answers ({payload['kind']}; can {can}); scores by {payload['method'].replace('_', ' ')}"
        case "life_event":
            what = f"{payload['event_type']}: {payload['title']} ({payload['intensity']:.2f})"
            return f"day {payload['day']} · {payload['persona_id']} · {what}"
        case "assessment":
            score = (
                f"{payload['score']} ({payload['severity']})"
                if payload["valid"]
                else "not valid: too few answers could be read"
            )
            return f"day {payload['day']} · {payload['persona_id']} · {payload['instrument']} {score}"
        case "drift_alert":
            return (
                f"day {payload['day']} · {payload['persona_id']} · {payload['instrument']} {payload['baseline_score']:g} → "
                f"{payload['current_score']:g}: {payload['direction']}, {payload['significance']} "
                f"({payload['rule']} rule, z {payload['z']:.1f})"
            )
        case "day":
            return f"day {payload['day']} of {payload['of']} is over"
    return None
