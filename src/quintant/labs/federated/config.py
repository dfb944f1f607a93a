"""The federated Config: who trains on what, how it is aggregated, who attacks, and who is removed.

`StrategyConfig` holds every key of one strategy. `FederatedConfig` adds `strategies`: one run compares several, each an
object of the keys in which it differs; they share the data, the initial weights and the order of the batches wherever the
keys for these agree. Keys carry the contract's names. A key that is null has a value that follows from the others:
`StrategyConfig.filled()` gives it, and the result's documents tell it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import WithJsonSchema

from quintant.config import All, Config, Is, Never, Not, Part, key, parse
from quintant.errors import ConfigError, Problem
from quintant.labs.federated import conditions as reads
from quintant.labs.federated.names import (
    ATTACKS,
    DATASETS,
    LANGUAGE_MODEL_KEYWORDS,
    PARTITIONERS,
    REQUIRED,
    STRATEGIES,
)
from quintant.labs.federated.requirements import most_attackers
from quintant.labs.federated.selection import most_at_once

UPSTREAM = "InteFL default"
FORM = "InteFL, initial value of its form"

Keyword = Annotated[str, WithJsonSchema({"type": "string", "enum": list(STRATEGIES)})]
Dataset = Annotated[str, WithJsonSchema({"type": "string", "enum": list(DATASETS)})]
Attack = Annotated[str, WithJsonSchema({"type": "string", "enum": list(ATTACKS)})]
"""The built-in names; entry points of the group `quintant.federated` add more, which rules.py knows."""


class AttackEntry(Part):
    """One entry of the attack schedule: who does what from start_round to end_round, both included, counted from 1."""

    attack_type: Attack = key(says="What they do.")
    start_round: int = key(ge=1, says="First round of the attack.")
    end_round: int | None = key(None, ge=1, says="Last round of the attack; null: to the end.")
    selection_strategy: Literal["specific", "random", "percentage"] = key(says="How the attackers are chosen.")
    malicious_client_ids: tuple[int, ...] | None = key(
        None, when=reads.chosen("specific"), says="Who, with `specific`; counted from 0.",
    )  # fmt: skip
    malicious_client_count: int | None = key(None, ge=1, when=reads.chosen("random"), says="How many, with `random`.")
    malicious_percentage: float | None = key(
        None, gt=0, le=1, when=reads.chosen("percentage"), says="Which share, with `percentage`.",
    )  # fmt: skip
    random_seed: int | None = key(None, when=reads.DRAWN, says="Seed of the choice; null: from type, rounds and position.")
    attack_target: Literal["weights", "update"] = key(
        "weights", when=reads.ON_WEIGHTS,
        says="What a weight attack distorts: the weights sent, or their change from the global ones.",
    )  # fmt: skip
    mapping: Literal["permutation", "next", "reverse"] | None = key(
        None, when=reads.attacks("mapping"),
        says="Which label takes the place of which: one random permutation, y + 1, or K - 1 - y.",
    )  # fmt: skip
    source_class: int | None = key(None, ge=0, when=reads.attacks("source_class"), says="Label that is flipped.")
    target_class: int | None = key(None, ge=0, when=reads.attacks("target_class"), says="Label that is put in its place.")
    flip_ratio: float | None = key(
        None, gt=0, le=1, when=reads.attacks("flip_ratio"), says="Share of the source class that is flipped.",
    )  # fmt: skip
    target_noise_snr: float | None = key(
        None, when=reads.attacks("target_noise_snr"), says="Signal-to-noise ratio of the noisy images in dB.",
    )  # fmt: skip
    attack_ratio: float | None = key(
        None, ge=0, le=1, when=reads.attacks("attack_ratio"), says="Share of the images that is changed.",
    )  # fmt: skip
    mean: float | None = key(None, when=reads.attacks("mean"), says="Mean of the noise, in pixel units of 0..1.")
    std: float | None = key(
        None, ge=0, when=reads.attacks("std"), says="Standard deviation of the noise, in pixel units of 0..1.",
    )  # fmt: skip
    brightness_delta: float | None = key(
        None, ge=-1, le=1, when=reads.attacks("brightness_delta"), says="What is added to each pixel of 0..1.",
    )  # fmt: skip
    trigger_pattern: Literal["square", "cross"] | None = key(
        None, when=reads.attacks("trigger_pattern"), says="Shape of the trigger.",
    )  # fmt: skip
    trigger_size: int | None = key(None, ge=1, when=reads.attacks("trigger_size"), says="Side of the trigger in pixels.")
    trigger_position: Literal["bottom_right", "top_left", "center", "random"] | None = key(
        None, when=reads.attacks("trigger_position"), says="Where the trigger stands.",
    )  # fmt: skip
    trigger_value: float | None = key(None, ge=0, le=1, when=reads.attacks("trigger_value"), says="Brightness of the trigger.")
    poison_ratio: float | None = key(
        None, gt=0, le=1, when=reads.attacks("poison_ratio"), says="Share of samples (or weights) that is poisoned.",
    )  # fmt: skip
    target_vocabulary: Literal["medical", "financial", "legal"] | None = key(
        None, when=reads.attacks("target_vocabulary"), says="Words that are replaced.",
    )  # fmt: skip
    replacement_strategy: Literal["negative", "positive"] | None = key(
        None, when=reads.attacks("replacement_strategy"), says="Words put in their place.",
    )  # fmt: skip
    replacement_prob: float | None = key(
        None, ge=0, le=1, when=reads.attacks("replacement_prob"), says="Chance that an occurrence is replaced.",
    )  # fmt: skip
    target_token_ids: tuple[int, ...] | None = key(
        None, when=reads.attacks("target_token_ids"), says="Tokens replaced, instead of a vocabulary.",
    )  # fmt: skip
    replacement_token_ids: tuple[int, ...] | None = key(
        None, when=reads.attacks("replacement_token_ids"), says="Tokens put in their place.",
    )  # fmt: skip
    magnitude: float | None = key(
        None, gt=0, when=reads.attacks("magnitude"), says="Size of a poisoned weight in standard deviations.",
    )  # fmt: skip
    scale_factor: float | None = key(None, when=reads.attacks("scale_factor"), says="Factor on the weights or the update.")
    noise_scale: float | None = key(
        None, ge=0, when=reads.attacks("noise_scale"), says="Noise in standard deviations of each layer.",
    )  # fmt: skip
    clip_norm: float | None = key(
        None, gt=0, when=reads.attacks("clip_norm"), says="Most that the weights may change, as L2 norm.",
    )  # fmt: skip
    n_total: int | None = key(None, ge=1, when=reads.attacks("n_total"), says="Participants; null: as many as there are.")
    n_malicious: int | None = key(
        None, ge=1, when=reads.attacks("n_malicious"), says="Attackers; null: as many as the entry selects.",
    )  # fmt: skip
    boost_factor: float | None = key(
        None, gt=0, when=reads.attacks("boost_factor"), says="Factor on top of n_total / n_malicious.",
    )  # fmt: skip
    perturbation_strength: float | None = key(
        None, ge=0, when=reads.attacks("perturbation_strength"), says="Strength of the manipulation.",
    )  # fmt: skip
    target_direction: Literal["negative", "zero", "random"] | None = key(
        None, when=reads.attacks("target_direction"), says="Where it pulls.",
    )  # fmt: skip
    tau_factor: float | None = key(
        None, gt=0, when=reads.attacks("tau_factor"), says="Radius of the ball in units of the boosted update.",
    )  # fmt: skip
    pgd_steps: int | None = key(None, ge=1, le=10_000, when=reads.attacks("pgd_steps"), says="Steps of the projected descent.")
    pgd_step_size: float | None = key(
        None, gt=0, le=1, when=reads.attacks("pgd_step_size"), says="Step in units of the radius.",
    )  # fmt: skip
    z_max: float | None = key(None, when=reads.attacks("z_max"), says="ALIE's z; null: by its formula from n and f.")
    perturbation: Literal["std", "unit", "sign"] | None = key(
        None, when=reads.attacks("perturbation"), says="Direction of Min-Max and Min-Sum.",
    )  # fmt: skip
    against: Literal["krum", "trimmed_mean"] | None = key(
        None, when=reads.attacks("against"), says="Defence that Fang's attack is made for.",
    )  # fmt: skip
    seed: int | None = key(None, when=reads.attacks("seed"), says="Seed of the attack's own draws; null: from the run's.")
    params: dict[str, Any] = key({}, when=reads.OWN_ATTACK, says="Keys of an attack of your own (entry point).")

    def parameters(self) -> dict[str, Any]:
        """The attack's own keys with their defaults filled in."""
        kind = ATTACKS.get(self.attack_type)
        if kind is None:
            return dict(self.params)
        values = {name: getattr(self, name) for name in kind.keys}
        return {
            name: default if values[name] is None and default is not REQUIRED else values[name]
            for name, default in kind.keys.items()
        }

    def active(self, round: int) -> bool:
        return self.start_round <= round and (self.end_round is None or round <= self.end_round)

    def until(self, rounds: int) -> int:
        """The last round of the attack in a run of so many rounds."""
        return rounds if self.end_round is None else min(self.end_round, rounds)


class StrategyConfig(Config):
    """Every key of one strategy."""

    # --- federation ---
    aggregation_strategy_keyword: Keyword = key(
        "fedavg", group="Federation", essential=True, synonyms=("strategy", "aggregation", "rule", "defence"),
        says="Rule by which the server aggregates.",
    )  # fmt: skip
    num_of_rounds: int = key(
        10, ge=1, le=10_000, unit="rounds", group="Federation", essential=True, synonyms=("rounds", "communication_rounds"),
        says="Rounds of training and aggregation.",
    )  # fmt: skip
    num_of_clients: int = key(
        10, ge=1, le=1000, unit="participants", group="Federation", essential=True, synonyms=("clients", "participants"),
        says="Participants of the federation.",
    )  # fmt: skip
    clients_per_round: int | None = key(
        None, ge=1, unit="participants", group="Federation", source="FLUTE's LR_MNIST draws 10 of 1000",
        synonyms=("participants_per_round",),
        says="Participants drawn anew for each round; null: all of them.",
    )  # fmt: skip
    num_of_malicious_clients: int | None = key(
        None, ge=0, unit="participants", group="Federation", essential=True, when=reads.EXPECTS_ATTACKERS,
        synonyms=("attackers", "malicious"),
        says="Attackers the defence reckons with (Krum's f); null: as many as ever attack in one round, at most what the rule "
        "allows.",
    )  # fmt: skip
    min_fit_clients: int | None = key(
        None, ge=1, unit="participants", group="Federation",
        when=All(reads.REMOVES, Not(Is("termination_policy", "adaptive"))),
        says="Fewest that must train; null: num_of_clients.",
    )  # fmt: skip
    min_evaluate_clients: int | None = key(
        None, ge=1, unit="participants", group="Federation", when=Never("everybody who trains evaluates too"),
        says="Fewest that must evaluate; null: num_of_clients.",
    )  # fmt: skip
    min_available_clients: int | None = key(
        None, ge=1, unit="participants", group="Federation", when=Never("everybody is there from the first round on"),
        says="Fewest with which a run begins; null: num_of_clients.",
    )  # fmt: skip
    strict_mode: bool | None = key(
        None, group="Federation", says="Every min_* must equal num_of_clients; null: true unless participants are removed.",
    )  # fmt: skip
    # --- data ---
    dataset_keyword: Dataset = key(
        "digits", group="Data", essential=True, synonyms=("dataset", "data"), files=(".csv", ".jsonl", ".npz"),
        says="Data set, or what stands for it by name.",
    )  # fmt: skip
    partitioning_strategy: Literal[PARTITIONERS] = key(  # type: ignore[valid-type]
        "iid", group="Data", essential=True, synonyms=("partition", "split"),
        says="How the training data are spread over the participants.",
    )  # fmt: skip
    partitioning_params: dict[str, Any] = key(
        {}, group="Data", synonyms=("partition_params",),
        says="Keys of the partitioner: alpha, num_classes_per_partition, partition_sizes, group_size …",
    )  # fmt: skip
    samples_per_client: int | None = key(
        None, ge=1, unit="samples", group="Data", synonyms=("samples",),
        says="Cut every participant's part to so many samples; null: all of it.",
    )  # fmt: skip
    training_subset_fraction: float = key(
        0.9, gt=0, le=1, group="Data", source=FORM, synonyms=("train_fraction",),
        says="Share of a participant's data it trains on; the rest validates.",
    )  # fmt: skip
    text_column: str | None = key(
        None, group="Data", when=reads.TEXT, says="Column of the text in a file of your own; null: text.",
    )  # fmt: skip
    label_column: str | None = key(
        None, group="Data", when=reads.LABELLED, says="Column of the label in a file of your own; null: label.",
    )  # fmt: skip
    # --- model and training ---
    model_type: Literal["cnn", "mlp", "logistic", "transformer"] = key(
        "cnn", group="Model", essential=True, synonyms=("model",), says="What every participant trains.",
    )  # fmt: skip
    model_keyword: str | None = key(
        None, group="Model", synonyms=("network", "architecture"),
        says="Which network of that type; null: the data set's own.",
    )  # fmt: skip
    training_device: Literal["cpu", "gpu"] = key(
        "cpu", group="Training", source=UPSTREAM, synonyms=("device",), says="Where it is computed.",
    )  # fmt: skip
    num_of_client_epochs: int = key(
        1, ge=1, le=1000, unit="epochs", group="Training", essential=True, synonyms=("epochs", "local_epochs"),
        says="Passes over a participant's data per round.",
    )  # fmt: skip
    batch_size: int = key(
        20, ge=1, unit="samples", group="Training", source=FORM, synonyms=("batch",), says="Samples per local step.",
    )  # fmt: skip
    optimizer: Literal["adam", "adamw", "sgd"] | None = key(
        None, group="Training", source=UPSTREAM, synonyms=("optimiser",),
        says="Local optimiser; null: adam, for transformers adamw.",
    )  # fmt: skip
    learning_rate: float | None = key(
        None, gt=0, group="Training", essential=True, source=UPSTREAM, synonyms=("lr", "eta"),
        says="Step of the optimiser; null: 1e-3, for transformers 5e-5.",
    )  # fmt: skip
    proximal_mu: float | None = key(
        None, ge=0, group="Training", source="FedProx: Li et al. 2020, arXiv 1812.06127; value: InteFL",
        synonyms=("fedprox_mu", "mu"), says="FedProx pull to the global model; null: 0, honest LoRA participants 0.01.",
    )  # fmt: skip
    backend: Literal["auto", "stacked", "sequential"] = key(
        "auto", group="Training", says="Participants at once, or one after another; auto: whichever is cheaper.",
    )  # fmt: skip
    # --- aggregation ---
    paper_exact: bool = key(
        False, group="Aggregation", when=reads.DIFFERS_FROM_PAPER,
        says="The rule as its paper has it, instead of as InteFL runs it; see the lab's page.",
    )  # fmt: skip
    num_krum_selections: int | None = key(
        None, ge=1, unit="participants", group="Aggregation", source=UPSTREAM, when=reads.SELECTS,
        synonyms=("krum_m", "multi_krum_m"),
        says="Participants that Krum-like rules keep; null: 2, for bulyan n - 2f with its largest f up to the attackers.",
    )  # fmt: skip
    unmet_condition: Literal["refuse", "average"] = key(
        "refuse", group="Aggregation", when=reads.CONDITIONED, synonyms=("fallback",),
        says="Where n is too small for the rule: refuse, or average every round without a defence as InteFL does, and say so.",
    )  # fmt: skip
    trim_ratio: float = key(
        0.1, ge=0, lt=0.5, group="Aggregation", source=UPSTREAM, when=reads.TRIMMED, synonyms=("trim",),
        says="Share cut at each end of every coordinate.",
    )  # fmt: skip
    trust_threshold: float = key(
        0.1, ge=0, le=1, group="Aggregation", source=UPSTREAM, when=reads.TRUST, says="Trust below which one goes.",
    )  # fmt: skip
    beta_value: float = key(
        0.1, ge=0, le=1, group="Aggregation", source=UPSTREAM, when=reads.TRUST, synonyms=("trust_beta",),
        says="Weight of the newest trust.",
    )  # fmt: skip
    num_of_clusters: Literal[1] = key(
        1, group="Aggregation", when=reads.TRUST, says="Clusters of the centroid; only one is known.",
    )  # fmt: skip
    Kp: float = key(
        1.0, group="Aggregation", source=UPSTREAM, when=reads.PID, synonyms=("k_p",),
        says="Proportional part of the PID score.",
    )  # fmt: skip
    Ki: float = key(
        1.0, group="Aggregation", source=UPSTREAM, when=reads.PID, synonyms=("k_i",),
        says="Integral part of the PID score.",
    )  # fmt: skip
    Kd: float = key(
        0.0, group="Aggregation", source=UPSTREAM, when=reads.PID, synonyms=("k_d",),
        says="Derivative part of the PID score.",
    )  # fmt: skip
    num_std_dev: float = key(
        3.0, ge=0, group="Aggregation", source=UPSTREAM, when=reads.PID, synonyms=("std_devs",),
        says="Standard deviations above the mean at which PID removes.",
    )  # fmt: skip
    rule_params: dict[str, Any] = key(
        {}, group="Aggregation", when=reads.OWN_RULE, says="Keys of a rule of your own (entry point).",
    )  # fmt: skip
    # --- removal ---
    remove_clients: bool = key(
        False, group="Removal", essential=True, synonyms=("removal",),
        says="Whether participants are removed.",
    )  # fmt: skip
    begin_removing_from_round: int = key(
        2, ge=1, unit="rounds", group="Removal", source=FORM, when=reads.REMOVAL, synonyms=("removal_round",),
        says="First round of removal.",
    )  # fmt: skip
    termination_policy: Literal["strict", "graceful", "adaptive"] = key(
        "graceful", group="Removal", source=UPSTREAM, when=reads.REMOVES,
        says="When too few are left: stop below min_fit, at none, or below min_clients_ratio.",
    )  # fmt: skip
    min_clients_ratio: float = key(
        0.3, ge=0, le=1, group="Removal", source=UPSTREAM, when=All(reads.REMOVES, Is("termination_policy", "adaptive")),
        says="Share that `adaptive` needs.",
    )  # fmt: skip
    skip_removed_training: bool = key(
        False, group="Removal", when=reads.REMOVES,
        says="Do not train and evaluate the removed: their curves end, the run is cheaper.",
    )  # fmt: skip
    # --- attacks ---
    attack_schedule: tuple[AttackEntry, ...] = key(
        (), group="Attacks", essential=True, synonyms=("attacks", "attack", "schedule"),
        says="Who attacks how in which rounds; applied in this order.",
    )  # fmt: skip
    save_attack_snapshots: bool = key(
        False, group="Attacks", when=reads.ATTACKED, says="Keep samples of what each attacker changed.",
    )  # fmt: skip
    snapshot_max_samples: int = key(
        6, ge=1, le=50, unit="samples", group="Attacks", when=reads.SNAPSHOTS, says="Samples of a snapshot.",
    )  # fmt: skip
    # --- language models ---
    use_llm: bool = key(
        False, group="Language model",
        when=Never("a transformer is trained either way; it only asks that llm_model, llm_task and llm_finetuning be given"),
        says="Train a language model (a small transformer, from scratch).",
    )  # fmt: skip
    llm_model: str | None = key(
        None, group="Language model", when=Never("a small transformer is trained from scratch, whatever model is meant"),
        says="Which model is meant; a small one is trained from scratch in its shape.",
    )  # fmt: skip
    llm_task: Literal["mlm", "classification"] | None = key(
        None, group="Language model", when=reads.TEXT,
        says="What it learns; null: classification, of data without labels masked language modelling.",
    )  # fmt: skip
    llm_finetuning: Literal["full", "lora"] | None = key(
        None, group="Language model", when=reads.TEXT, says="Which weights it learns.",
    )  # fmt: skip
    llm_chunk_size: int = key(
        128, ge=1, le=4096, unit="tokens", group="Language model", when=reads.MASKED,
        says="Tokens of a piece for masked language modelling.",
    )  # fmt: skip
    max_seq_length: int | None = key(
        None, ge=1, le=4096, unit="tokens", group="Language model", when=reads.LABELLED,
        synonyms=("sequence_length", "max_length"),
        says="Most tokens of a text; null: 64.",
    )  # fmt: skip
    mlm_probability: float = key(
        0.15, ge=0, le=1, group="Language model", source="Devlin et al. 2019, arXiv 1810.04805", when=reads.MASKED,
        synonyms=("mask_probability",),
        says="Share of tokens masked.",
    )  # fmt: skip
    lora_rank: int = key(
        8, ge=1, le=256, group="Language model", source=UPSTREAM, when=reads.LORA, synonyms=("rank", "lora_r"),
        says="Rank of the LoRA matrices.",
    )  # fmt: skip
    lora_alpha: float = key(
        16.0, gt=0, group="Language model", source=UPSTREAM, when=reads.LORA, says="LoRA's scale, divided by the rank.",
    )  # fmt: skip
    lora_dropout: float = key(
        0.05, ge=0, lt=1, group="Language model", source=UPSTREAM, when=reads.LORA, says="Dropout before LoRA.",
    )  # fmt: skip
    lora_target_modules: tuple[str, ...] = key(
        ("query", "value"), group="Language model", source=UPSTREAM, when=reads.LORA, says="Projections that LoRA adapts.",
    )  # fmt: skip

    def check(self) -> Iterable[Problem]:
        from quintant.labs.federated.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.federated.rules import doubtful

        return doubtful(self)

    def filled(self) -> StrategyConfig:
        """This strategy with every derived value in the place of its null."""
        n, drawn = self.num_of_clients, min(self.clients_per_round or self.num_of_clients, self.num_of_clients)
        transformer = self.model_type == "transformer"
        attackers = most_at_once(self.attack_schedule, n)
        most = most_attackers(self.aggregation_strategy_keyword, self.paper_exact, drawn)
        bulyan = self.aggregation_strategy_keyword == "bulyan"
        unlabelled = self.dataset_keyword in LANGUAGE_MODEL_KEYWORDS
        derived: dict[str, Any] = {
            "num_of_malicious_clients": attackers if most is None else min(attackers, most),
            "num_krum_selections": drawn - 2 * min(attackers, max(0, (drawn - 3) // 4)) if bulyan else min(2, drawn),
            "llm_task": None if not transformer else "mlm" if unlabelled else "classification",
            "min_fit_clients": n,
            "min_evaluate_clients": n,
            "min_available_clients": n,
            "strict_mode": not self.remove_clients,
            "clients_per_round": n,
            "optimizer": "adamw" if transformer else "adam",
            "learning_rate": 5e-5 if transformer else 1e-3,
            "proximal_mu": 0.01 if transformer and self.llm_finetuning == "lora" else 0.0,
            "max_seq_length": 64,
        }
        return self.model_copy(update={name: value for name, value in derived.items() if getattr(self, name) is None})


class FederatedConfig(StrategyConfig):
    """One run: the keys that its strategies share, and in `strategies` what each has of its own."""

    strategies: tuple[dict[str, Any], ...] = key(
        (), max_length=100, group="Federation", essential=True, synonyms=("rules", "defences"),
        says="Strategies compared in this run, each an object of the keys in which it differs; none: the keys alone.",
    )  # fmt: skip

    @cached_property
    def plans(self) -> tuple[StrategyConfig, ...]:
        """The merged and filled config of every strategy, in order."""
        return tuple(plan.filled() for plan in self.written_plans)

    @cached_property
    def written_plans(self) -> tuple[StrategyConfig, ...]:
        """The merged config of every strategy as it was given, nulls and all."""
        return tuple(parse(StrategyConfig, raw) for raw in self.merged())

    def unread(self, given: Collection[str] = ()) -> Iterable[Problem]:
        """A strategy's own keys are told where that strategy does not read them, shared ones where none does."""
        own = self.strategies or ({},)
        shared: dict[str, list[Problem]] = {}
        for index, (plan, keys) in enumerate(zip(self.written_plans, own, strict=True)):
            for problem in plan.unread((*given, *keys)):
                if problem.path.partition(".")[0] in keys:
                    yield replace(problem, path=f"strategies.{index}.{problem.path}")
                else:
                    shared.setdefault(problem.path, []).append(problem)
        for path, problems in shared.items():
            if len(problems) == sum(path.partition(".")[0] not in keys for keys in own):
                yield problems[0]

    def why_unread(self, path: str) -> Problem | None:
        top, _, rest = path.partition(".")
        if top == "strategies":
            index, _, inner = rest.partition(".")
            known = inner and index.isdecimal() and int(index) < len(self.strategies)
            problem = self.written_plans[int(index)].why_unread(inner) if known else None
            return replace(problem, path=path) if problem else None
        whys = [
            plan.why_unread(path)
            for plan, keys in zip(self.written_plans, self.strategies or ({},), strict=True)
            if top not in keys
        ]
        return whys[0] if whys and all(why is not None for why in whys) else None

    def merged(self) -> list[dict[str, Any]]:
        """The keys of every strategy: the shared ones under its own."""
        shared = self.model_dump(mode="json", exclude={"strategies"})
        return [{**shared, **own} for own in self.strategies or ({},)]

    def check(self) -> Iterable[Problem]:
        return self._told("check")

    def warnings(self) -> Iterable[Problem]:
        return self._told("warnings")

    def _told(self, what: Literal["check", "warnings"]) -> list[Problem]:
        """What the rules say of each merged strategy, each once; the path is the strategy's where the key is its own."""
        unique: dict[tuple[str, str], Problem] = {}
        for index, raw in enumerate(self.merged()):
            own = self.strategies[index] if self.strategies else {}
            try:
                plan = parse(StrategyConfig, raw)
                problems: list[Problem] = [] if what == "check" else list(plan.warnings())
            except ConfigError as error:
                problems = list(error.problems)
            for problem in problems:
                path = f"strategies.{index}.{problem.path}" if problem.path.partition(".")[0] in own else problem.path
                placed = Problem(path, problem.message, problem.value, problem.allowed, problem.hint)
                unique.setdefault((path, problem.message), placed)
        return list(unique.values())
