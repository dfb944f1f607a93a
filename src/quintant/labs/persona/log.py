"""One line of the run log per event that a person would want to read."""

from __future__ import annotations

from quintant.lab import Event


def line(event: Event) -> str | None:
    told = event.payload
    match event.kind:
        case "language_model":
            can = ", ".join(told["capabilities"] or ())
            return f"{told['model']} answers ({told['kind']}; can {can}); scores by {told['method'].replace('_', ' ')}"
        case "life_event":
            what = f"{told['event_type']}: {told['title']} ({told['intensity']:.2f})"
            return f"day {told['day']} · {told['persona_id']} · {what}"
        case "assessment":
            score = f"{told['score']} ({told['severity']})" if told["valid"] else "not valid: too few answers could be read"
            return f"day {told['day']} · {told['persona_id']} · {told['instrument']} {score}"
        case "drift_alert":
            return (
                f"day {told['day']} · {told['persona_id']} · {told['instrument']} {told['baseline_score']:g} → "
                f"{told['current_score']:g}: {told['direction']}, {told['significance']} "
                f"({told['rule']} rule, z {told['z']:.1f})"
            )
        case "day":
            return f"day {told['day']} of {told['of']} is over"
    return None
