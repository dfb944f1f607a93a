"""/api/agent/chat: answers questions about simulations from their own records. No language model: it says what is written.

The last user message is read for a simulation's id (without one, the newest is meant) and for what is asked: the status,
the configuration, how well it went, who was removed and why, who attacks, what went wrong, or what there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from fastapi import APIRouter
from starlette.responses import Response

from quintant.errors import ConfigError, Problem
from quintant.json_value import Json
from quintant.lab import Outcome
from quintant.labs.federated.contract import examples
from quintant.labs.federated.contract.route import InteflRoute
from quintant.labs.federated.contract.simulation import Simulation, Simulations
from quintant.labs.federated.folder.history import History, histories
from quintant.labs.federated.selection import selected
from quintant.wire.body import Body
from quintant.wire.refusal import answer

LONGEST_QUESTION = 10_000
MOST_LISTED = 10
WORD = re.compile(r"[A-Za-z0-9_-]+")


def router(simulations: Simulations) -> APIRouter:
    routes = APIRouter(prefix="/api/agent", route_class=InteflRoute)

    @routes.post(
        "/chat",
        summary="Ask about a simulation; answered from its record",
        openapi_extra=examples.body(examples.CHAT),
        responses=examples.answers({200: {"message": "Nobody has been removed."}}, 422),
    )
    def chat(body: Body) -> Response:
        return answer({"message": reply(simulations, question(body))})

    return routes


def question(body: Mapping[str, Json]) -> str:
    """The text of the last message of the user, or ConfigError."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ConfigError(Problem("messages", "must be a list of at least one message.", type(messages).__name__))
    texts = [_text(message, f"messages.{index}") for index, message in enumerate(messages)]
    own = [text for message, text in zip(messages, texts, strict=True) if message["role"] == "user"]
    if not own:
        raise ConfigError(Problem("messages", "must hold a message whose role is user."))
    return own[-1][:LONGEST_QUESTION]


def reply(simulations: Simulations, text: str) -> str:
    everything = simulations.all()
    if not everything:
        return "There is no simulation yet. POST /api/simulations launches one."
    words = {word.lower() for word in WORD.findall(text)}
    named = next((simulation for simulation in everything if simulation.id.lower() in words), None)
    wanted = next((word for word in words if word.startswith("api_run_")), None)
    if named is None and wanted is not None:
        return f"There is no simulation {wanted[:100]}."
    if named is None and words & {"list", "simulations", "runs", "queue", "all"}:
        return _list(simulations, everything)
    simulation = named or everything[0]
    topics = [tell for keys, tell in TOPICS if words & keys]
    if not topics and words & {"help", "what", "how", "can"} and named is None:
        return _help(simulation)
    paragraphs = [f"{_title(simulation)}:", *(tell(simulations, simulation) for tell in topics or (_status, _results))]
    return "\n".join(paragraphs)


# --- what is told ---


def _status(simulations: Simulations, simulation: Simulation) -> str:
    progress = simulations.status(simulation)
    word = f"Status {progress['status']}"
    if progress["status"] in ("queued", "running"):
        number, total = progress["current_strategy"] + 1, progress["total_strategies"]
        place = f", strategy {number} of {total}" if total > 1 else ""
        done = f"{progress['progress']:.0%} done"
        return f"{word}: round {progress['current_round']} of {progress['total_rounds']}{place}, {done}."
    return f"{word}." + (f" {progress['error'].splitlines()[0]}" if progress["error"] else "")


def _error(simulations: Simulations, simulation: Simulation) -> str:
    error = simulations.status(simulation)["error"]
    return f"It failed: {error.splitlines()[0]}" if error else "No failure is recorded."


def _config(simulations: Simulations, simulation: Simulation) -> str:
    lines = []
    for number, plan in enumerate(simulations.outcome(simulation.run).config.plans):
        lines.append(
            f"Strategy {number}: {plan.aggregation_strategy_keyword}, {plan.num_of_clients} participants, "
            f"{plan.num_of_rounds} rounds, {plan.dataset_keyword} ({plan.partitioning_strategy}), {plan.model_type}, "
            f"{plan.num_of_client_epochs} local epoch(s), batch {plan.batch_size}, learning rate {plan.learning_rate:g}, "
            f"removal {'from round ' + str(plan.begin_removing_from_round) if plan.remove_clients else 'off'}."
        )
    return "\n".join(lines)


def _results(simulations: Simulations, simulation: Simulation) -> str:
    return _each(simulations.outcome(simulation.run), _result) or "No round has ended yet, so there is no result."


def _result(history: History) -> str:
    number, accuracy = _last(history.by_round["test_accuracy"])
    if number is None:
        return "no test accuracy was collected."
    facts = [f"test accuracy {accuracy:.4f} after round {number} of {history.rounds}"]
    for name, column in (("test loss", "test_loss"), ("mean accuracy of participants", "average_accuracy_history")):
        value = history.by_round[column][number - 1]
        facts += [f"{name} {value:.4f}"] if value is not None else []
    asr = history.by_round["asr"][number - 1]
    facts += [f"attack success rate {asr:.4f}"] if asr is not None else []
    return ", ".join(facts) + "."


def _removed(simulations: Simulations, simulation: Simulation) -> str:
    outcome = simulations.outcome(simulation.run)
    removals = [event.payload for event in outcome.events if event.kind == "removed"]
    lines = []
    for number, plan in enumerate(outcome.config.plans):
        own = [payload for payload in removals if payload["strategy"] == number]
        name = f"Strategy {number} ({plan.aggregation_strategy_keyword})"
        if own:
            lines += [f"{name}: {_removal(payload)}" for payload in own]
        else:
            why = "" if plan.remove_clients else ", because remove_clients is false"
            lines.append(f"{name}: nobody has been removed{why}.")
    return "\n".join(lines + _confusion(outcome))


def _removal(payload: Mapping[str, Json]) -> str:
    kind = "an attacker" if payload.get("is_malicious") else "benign"
    return f"participant {payload['participant']} ({kind}) was removed in round {payload['round']}: {payload['reason']}"


def _confusion(outcome: Outcome) -> list[str]:
    """The last round's counts; the contract's names, in which "positive" is benign."""
    lines = []
    for history in histories(outcome):
        number, _ = _last(history.by_round["tp_history"])
        if number is not None and history.plan.remove_clients:
            tp, tn, fp, fn = (
                history.by_round[name][number - 1] for name in ("tp_history", "tn_history", "fp_history", "fn_history")
            )
            lines.append(
                f"Strategy {history.number}, round {number}: {tp} benign kept, {tn} attackers kept out, "
                f"{fp} benign kept out, {fn} attackers kept."
            )
    return lines


def _attacks(simulations: Simulations, simulation: Simulation) -> str:
    lines = []
    for number, plan in enumerate(simulations.outcome(simulation.run).config.plans):
        lines += [
            f"Strategy {number}: {entry.attack_type} in rounds {entry.start_round} to {entry.until(plan.num_of_rounds)} by "
            f"participants {', '.join(map(str, selected(entry, index, plan.num_of_clients)))}."
            for index, entry in enumerate(plan.attack_schedule)
        ]
    return "\n".join(dict.fromkeys(lines)) or "Nobody attacks."


def _list(simulations: Simulations, everything: Sequence[Simulation]) -> str:
    lines = [f"{_title(simulation)}: {simulations.word(simulation)}" for simulation in everything[:MOST_LISTED]]
    left = len(everything) - len(lines)
    return "\n".join([f"There are {len(everything)}:", *lines, *([f"and {left} older ones."] if left else [])])


def _help(simulation: Simulation) -> str:
    return (
        f"Ask about the status, the configuration, the results, the attacks, who was removed and why, or what failed. "
        f"Without an id the newest simulation is meant, {_title(simulation)}."
    )


TOPICS: tuple[tuple[frozenset[str], Callable[[Simulations, Simulation], str]], ...] = (
    (frozenset({"status", "progress", "done", "running", "finished", "state", "round"}), _status),
    (frozenset({"config", "configuration", "configured", "settings", "parameters", "setup"}), _config),
    (frozenset({"accuracy", "loss", "result", "results", "metric", "metrics", "performance", "well"}), _results),
    (frozenset({"removed", "remove", "removal", "excluded", "why", "defence", "defense", "detected"}), _removed),
    (frozenset({"attack", "attacks", "attacker", "attackers", "malicious", "attacked"}), _attacks),
    (frozenset({"error", "errors", "failed", "fail", "failure", "wrong", "crash", "crashed"}), _error),
)


# --- inside ---


def _each(outcome: Outcome, tell: Callable[[History], str]) -> str:
    return "\n".join(f"Strategy {history.number} ({history.keyword}): {tell(history)}" for history in histories(outcome))


def _last(values: Sequence[Json]) -> tuple[int | None, Json]:
    """The last round in which something was collected, and what."""
    return next(
        ((index + 1, values[index]) for index in reversed(range(len(values))) if values[index] is not None), (None, None)
    )


def _title(simulation: Simulation) -> str:
    return f"{simulation.id} ({simulation.display_name})" if simulation.display_name else simulation.id


def _text(message: Json, path: str) -> str:
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        raise ConfigError(Problem(path, "must be an object with role and content."))
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, Mapping) for part in content):
        return " ".join(part["text"] for part in content if part.get("type") == "text" and isinstance(part.get("text"), str))
    raise ConfigError(Problem(f"{path}.content", "must be a list of {type, text}, or a text."))
