"""One readable line of the run log per event of the engine."""

from __future__ import annotations

from typing import Any

from quintant.lab import Event

TITLES = {
    "strategy_started": "Strategy {strategy} of {total_strategies}: {keyword}, {participants} participants, {rounds} rounds, "
    "{parameters} parameters, {dataset_actual}, participants {how}",
    "substituted": "Strategy {strategy}: {keyword} is not here; {why}",
    "attack_started": "Strategy {strategy}, round {round}: {attack_type} by participants {participants}",
    "removed": "Strategy {strategy}, round {round}: participant {participant} ({who}) removed: {reason}",
    "note": "Strategy {strategy}, round {round}: {text}",
    "terminated": "Strategy {strategy} ended after round {round}: {reason}",
    "strategy_failed": "Strategy {strategy} failed: {reason}",
    "strategy_ended": "Strategy {strategy} completed after {rounds} rounds, test accuracy {test_accuracy:.4f}",
    "ignored_keys": "Ignored, as the contract says: {paths}",
}


def event_line(event: Event) -> str | None:
    """The line of `event`; None for what the platform words itself."""
    if event.kind == "round":
        return _round(event.payload)
    title = TITLES.get(event.kind)
    if title is None:
        return None
    fields: dict[str, Any] = dict(event.payload)
    if event.kind == "removed":
        fields["who"] = "an attacker" if fields["is_malicious"] else "benign"
    if event.kind == "strategy_started":
        fields["how"] = "side by side" if fields["backend"] == "stacked" else "one by one"
    if event.kind == "attack_started":
        fields["participants"] = ", ".join(map(str, fields["participants"]))
    return title.format(**fields)


def _round(payload: Any) -> str:
    def shown(name: str) -> str:
        return "-" if payload[name] is None else f"{payload[name]:.4f}"

    text = (
        f"Strategy {payload['strategy']}, round {payload['round']}/{payload['rounds']}: "
        f"test accuracy {shown('test_accuracy')}, test loss {shown('test_loss')}, aggregated loss {shown('aggregated_loss')}, "
        f"average accuracy {shown('average_accuracy')}, {payload['aggregated']} aggregated"
    )
    if payload["asr"] is not None:
        text += f", attack success {shown('asr')}"
    if payload["outcome"] != "aggregated":
        text += ", averaged without a defence" if payload["outcome"] == "averaged" else ", global weights unchanged"
    return text + (f", {payload['removed']} removed so far" if payload["removed"] else "")
