"""latex/: the rounds (1, every fifth, the last) and the summary of the removals as tables for a paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from quintant.labs.federated.folder.columns import SUMMED, one_in_percent
from quintant.labs.federated.folder.history import History, Value

EVERY = 5


def entries(one: History) -> dict[str, Callable[[], bytes]]:
    found: dict[str, Callable[[], bytes]] = {f"latex/round_metrics_{one.number}.tex": lambda: rounds(one).encode()}
    if one.plan.remove_clients:
        found[f"latex/execution_stats_{one.number}.tex"] = lambda: summary(one).encode()
    return found


def rounds(one: History) -> str:
    names = ["aggregated_loss_history", "average_accuracy_history"]
    if one.plan.remove_clients:
        names.append("removal_accuracy_history")
    shown = [number for number in range(1, one.rounds + 1) if number in (1, one.rounds) or number % EVERY == 0]
    rows = [[str(number), *(_cell(one.by_round[name][number - 1]) for name in names)] for number in shown]
    caption = f"{escaped(one.keyword)}: loss and accuracy by round (strategy {one.number})"
    return _table(caption, "r" + "r" * len(names), ["Round", *map(_title, names)], rows)


def summary(one: History) -> str:
    percent = one_in_percent(one)
    rows = []
    for name in SUMMED:
        mean, sd = percent(name)
        rows.append([_title(name), f"${mean:.2f}\\,\\% \\pm {sd:.2f}\\,\\%$"])
    first = one.plan.begin_removing_from_round
    caption = f"{escaped(one.keyword)}: removal from round {first} on, mean and standard deviation (strategy {one.number})"
    return _table(caption, "lr", ["Metric", "Mean"], rows)


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
