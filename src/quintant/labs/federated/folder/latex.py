"""latex/: the rounds (1, every fifth, the last) and the summary of the removals as tables for a paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from quintant.labs.federated.folder.columns import SUMMED, one_in_percent
from quintant.labs.federated.folder.history import History, Value

EVERY = 5


def entries(history: History) -> dict[str, Callable[[], bytes]]:
    files: dict[str, Callable[[], bytes]] = {f"latex/round_metrics_{history.number}.tex": lambda: rounds(history).encode()}
    if history.plan.remove_clients:
        files[f"latex/execution_stats_{history.number}.tex"] = lambda: summary(history).encode()
    return files


def rounds(history: History) -> str:
    names = ["aggregated_loss_history", "average_accuracy_history"]
    if history.plan.remove_clients:
        names.append("removal_accuracy_history")
    shown = [number for number in range(1, history.rounds + 1) if number in (1, history.rounds) or number % EVERY == 0]
    rows = [[str(number), *(_cell(history.by_round[name][number - 1]) for name in names)] for number in shown]
    caption = f"{escaped(history.keyword)}: loss and accuracy by round (strategy {history.number})"
    return _table(caption, "r" + "r" * len(names), ["Round", *map(_title, names)], rows)


def summary(history: History) -> str:
    percent = one_in_percent(history)
    rows = []
    for name in SUMMED:
        mean, sd = percent(name)
        rows.append([_title(name), f"${mean:.2f}\\,\\% \\pm {sd:.2f}\\,\\%$"])
    first = history.plan.begin_removing_from_round
    caption = f"{escaped(history.keyword)}: removal from round {first} on, mean and standard deviation"
    return _table(f"{caption} (strategy {history.number})", "lr", ["Metric", "Mean"], rows)


def escaped(text: str) -> str:
    """Text that LaTeX prints as it stands."""
    table = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(table.get(sign) or (f"\\{sign}" if sign in "&%$#_{}" else sign) for sign in text)


def _title(name: str) -> str:
    words = name.removesuffix("_history").split("_")
    return " ".join(word.upper() if word in ("tp", "tn", "fp", "fn", "f1") else word.capitalize() for word in words)


def _cell(value: Value) -> str:
    return "--" if value is None else f"{value:.4f}"


def _table(caption: str, align: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [
        "\\begin{table}[ht]",
        "\\centering",
        f"\\caption{{{caption}}}",
        f"\\begin{{tabular}}{{{align}}}",
        "\\hline",
        " & ".join(head) + " \\\\",
        "\\hline",
        *(" & ".join(row) + " \\\\" for row in rows),
        "\\hline",
        "\\end{tabular}",
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"
