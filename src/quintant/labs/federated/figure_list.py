"""The figures of the federated lab by name; their builders are imported only when one is drawn."""

from __future__ import annotations

from quintant.lab import Figure

_BUILDERS = "quintant.labs.federated.figures"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "accuracy",
        "Accuracy and loss by round",
        "The global model on the central test set by round, every participant behind it, the attack shaded, removals marked.",
        f"{_BUILDERS}.accuracy:build",
        of="sweep",
        hero=True,
    ),
    Figure(
        "attack_success",
        "Attack success against accuracy",
        "Where each defence ends: how often the attack succeeds, and what the model is still worth.",
        f"{_BUILDERS}.attack_success:build",
        of="sweep",
        hero=True,
    ),
    Figure(
        "scores",
        "Scores by participant and round",
        "What the rule thought of every participant in every round; the removed hatched, attackers marked at the left.",
        f"{_BUILDERS}.scores:build",
        of="run",
    ),
    Figure(
        "confusion",
        "Confusion matrix",
        "Which class is taken for which, as the change from the clean run where there is one.",
        f"{_BUILDERS}.confusion:build",
        of="sweep",
    ),
    Figure(
        "removals",
        "Who was left out",
        "How many of those left out attack, how many of the attackers are left out, and how many others pay for it.",
        f"{_BUILDERS}.removals:build",
        of="run",
    ),
    Figure(
        "split",
        "Data split",
        "How many samples of each class every participant has.",
        f"{_BUILDERS}.split:build",
        of="run",
    ),
    Figure(
        "matrix",
        "Attacks against defences",
        "Final accuracy of every defence under every attack, coloured by what is lost against the clean run.",
        f"{_BUILDERS}.matrix:build",
        of="sweep",
    ),
    Figure(
        "matrix_success",
        "Attack success of attacks against defences",
        "How often every attack succeeds against every defence.",
        f"{_BUILDERS}.matrix:build_success",
        of="sweep",
    ),
)
"""The most asked for first."""
