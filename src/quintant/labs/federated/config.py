"""The federated Config: who trains on what, how it is aggregated, who attacks, and who is removed.

`StrategyConfig` holds every key of one strategy. `FederatedConfig` adds `strategies`: one run compares several, each an
object of the keys in which it differs; they share the data, the initial weights and the order of the batches wherever the
keys for these agree. Keys carry the contract's names. A key that is null has a value that follows from the others:
`StrategyConfig.filled()` gives it, and the result's documents tell it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from quintant.config import Config, key, parse
from quintant.errors import ConfigError, Problem
from quintant.labs.federated.names import ATTACKS, DATASETS, PARTITIONERS, REQUIRED, STRATEGIES
from quintant.labs.federated.selection import malicious

UPSTREAM = "InteFL default"
FORM = "InteFL, initial value of its form"

Keyword = Annotated[str, WithJsonSchema({"type": "string", "enum": list(STRATEGIES)})]
Dataset = Annotated[str, WithJsonSchema({"type": "string", "enum": list(DATASETS)})]
Attack = Annotated[str, WithJsonSchema({"type": "string", "enum": list(ATTACKS)})]
"""The built-in names; entry points of the group `quintant.federated` add more, which rules.py knows."""


class AttackEntry(BaseModel):
    """One entry of the attack schedule: who does what from start_round to end_round, both included, counted from 1."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    attack_type: Attack = Field(description="What they do.")
    start_round: int = Field(ge=1, description="First round of the attack.")
    end_round: int = Field(ge=1, description="Last round of the attack.")
    selection_strategy: Literal["specific", "random", "percentage"] = Field(description="How the attackers are chosen.")
    malicious_client_ids: tuple[int, ...] | None = Field(default=None, description="Who, with `specific`; counted from 0.")
    malicious_client_count: int | None = Field(default=None, ge=1, description="How many, with `random`.")
    malicious_percentage: float | None = Field(default=None, gt=0, le=1, description="Which share, with `percentage`.")
    random_seed: int | None = Field(default=None, description="Seed of the choice; null: from type, rounds and position.")
    attack_target: Literal["weights", "update"] = Field(
        default="weights", description="What a weight attack distorts: the weights sent, or their change from the global ones."
    )
    mapping: Literal["permutation", "next", "reverse"] | None = Field(
        default=None, description="Which label takes the place of which: one random permutation, y + 1, or K - 1 - y."
    )
    source_class: int | None = Field(default=None, ge=0, description="Label that is flipped.")
    target_class: int | None = Field(default=None, ge=0, description="Label that is put in its place.")
    flip_ratio: float | None = Field(default=None, gt=0, le=1, description="Share of the source class that is flipped.")
    target_noise_snr: float | None = Field(default=None, description="Signal-to-noise ratio of the noisy images in dB.")
    attack_ratio: float | None = Field(default=None, ge=0, le=1, description="Share of the images that is changed.")
    mean: float | None = Field(default=None, description="Mean of the noise, in pixel units of 0..1.")
    std: float | None = Field(default=None, ge=0, description="Standard deviation of the noise, in pixel units of 0..1.")
    brightness_delta: float | None = Field(default=None, ge=-1, le=1, description="What is added to each pixel of 0..1.")
    trigger_pattern: Literal["square", "cross"] | None = Field(default=None, description="Shape of the trigger.")
    trigger_size: int | None = Field(default=None, ge=1, description="Side of the trigger in pixels.")
    trigger_position: Literal["bottom_right", "top_left", "center", "random"] | None = Field(
        default=None, description="Where the trigger stands."
    )
    trigger_value: float | None = Field(default=None, ge=0, le=1, description="Brightness of the trigger.")
    poison_ratio: float | None = Field(default=None, gt=0, le=1, description="Share of samples (or weights) that is poisoned.")
    target_vocabulary: Literal["medical", "financial", "legal"] | None = Field(
        default=None, description="Words that are replaced."
    )
    replacement_strategy: Literal["negative", "positive"] | None = Field(default=None, description="Words put in their place.")
    replacement_prob: float | None = Field(default=None, ge=0, le=1, description="Chance that an occurrence is replaced.")
    target_token_ids: tuple[int, ...] | None = Field(default=None, description="Tokens replaced, instead of a vocabulary.")
    replacement_token_ids: tuple[int, ...] | None = Field(default=None, description="Tokens put in their place.")
    magnitude: float | None = Field(default=None, gt=0, description="Size of a poisoned weight in standard deviations.")
    scale_factor: float | None = Field(default=None, description="Factor on the weights or the update.")
    noise_scale: float | None = Field(default=None, ge=0, description="Noise in standard deviations of each layer.")
    clip_norm: float | None = Field(default=None, gt=0, description="Most that the weights may change, as L2 norm.")
    n_total: int | None = Field(default=None, ge=1, description="Participants; null: as many as there are.")
    n_malicious: int | None = Field(default=None, ge=1, description="Attackers; null: as many as the entry selects.")
    boost_factor: float | None = Field(default=None, gt=0, description="Factor on top of n_total / n_malicious.")
    perturbation_strength: float | None = Field(default=None, ge=0, description="Strength of the manipulation.")
    target_direction: Literal["negative", "zero", "random"] | None = Field(default=None, description="Where it pulls.")
    tau_factor: float | None = Field(default=None, gt=0, description="Radius of the ball in units of the boosted update.")
    pgd_steps: int | None = Field(default=None, ge=1, le=10_000, description="Steps of the projected descent.")
    pgd_step_size: float | None = Field(default=None, gt=0, le=1, description="Step in units of the radius.")
    z_max: float | None = Field(default=None, description="ALIE's z; null: by its formula from n and f.")
    perturbation: Literal["std", "unit", "sign"] | None = Field(default=None, description="Direction of Min-Max and Min-Sum.")
    against: Literal["krum", "trimmed_mean"] | None = Field(default=None, description="Defence that Fang's attack is made for.")
    seed: int | None = Field(default=None, description="Seed of the attack's own draws; null: from the run's.")
    params: dict[str, Any] = Field(default_factory=dict, description="Keys of an attack of your own (entry point).")

    def parameters(self) -> dict[str, Any]:
        """The attack's own keys with their defaults filled in."""
        kind = ATTACKS.get(self.attack_type)
        if kind is None:
            return dict(self.params)
        given = {name: getattr(self, name) for name in kind.keys}
        return {
            name: default if given[name] is None and default is not REQUIRED else given[name]
            for name, default in kind.keys.items()
        }

    def active(self, round: int) -> bool:
        return self.start_round <= round <= self.end_round


class StrategyConfig(Config):
    """Every key of one strategy."""

    # --- federation ---
    aggregation_strategy_keyword: Keyword = key(
        "fedavg", group="Federation", essential=True, says="Rule by which the server aggregates."
    )
    num_of_rounds: int = key(
        10, ge=1, le=10_000, unit="rounds", group="Federation", essential=True, says="Rounds of training and aggregation."
    )
    num_of_clients: int = key(
        10, ge=1, le=1000, unit="participants", group="Federation", essential=True, says="Participants of the federation."
    )
    clients_per_round: int | None = key(
        None, ge=1, unit="participants", group="Federation",
        says="Participants drawn anew for each round; null: all of them.", source="FLUTE's LR_MNIST draws 10 of 1000",
    )  # fmt: skip
    num_of_malicious_clients: int | None = key(
        None, ge=0, unit="participants", group="Federation", essential=True,
        says="Attackers the defence reckons with (Krum's f); null: as many as the schedule selects.",
    )  # fmt: skip
    min_fit_clients: int | None = key(
        None, ge=1, unit="participants", group="Federation", says="Fewest that must train; null: num_of_clients."
    )
    min_evaluate_clients: int | None = key(
        None, ge=1, unit="participants", group="Federation", says="Fewest that must evaluate; null: num_of_clients."
    )
    min_available_clients: int | None = key(
        None, ge=1, unit="participants", group="Federation", says="Fewest with which a run begins; null: num_of_clients."
    )
    strict_mode: bool | None = key(
        None, group="Federation", says="Every min_* must equal num_of_clients; null: true unless participants are removed."
    )
    # --- data ---
    dataset_keyword: Dataset = key("digits", group="Data", essential=True, says="Data set, or what stands for it by name.")
    partitioning_strategy: Literal[PARTITIONERS] = key(  # type: ignore[valid-type]
        "iid", group="Data", essential=True, says="How the training data are spread over the participants."
    )
    partitioning_params: dict[str, Any] = key(
        {}, group="Data", says="Keys of the partitioner: alpha, num_classes_per_partition, partition_sizes, group_size …"
    )
    samples_per_client: int | None = key(
        None, ge=1, unit="samples", group="Data", says="Cut every participant's part to so many samples; null: all of it."
    )
    training_subset_fraction: float = key(
        0.9, gt=0, le=1, group="Data", says="Share of a participant's data it trains on; the rest validates.", source=FORM
    )
    text_column: str | None = key(None, group="Data", says="Column of the text in a file of your own; null: text.")
    label_column: str | None = key(None, group="Data", says="Column of the label in a file of your own; null: label.")
    # --- model and training ---
    model_type: Literal["cnn", "mlp", "logistic", "transformer"] = key(
        "cnn", group="Model", essential=True, says="What every participant trains."
    )
    model_keyword: str | None = key(None, group="Model", says="Which network of that type; null: the data set's own.")
    training_device: Literal["cpu", "gpu"] = key("cpu", group="Training", says="Where it is computed.", source=UPSTREAM)
    num_of_client_epochs: int = key(
        1, ge=1, le=1000, unit="epochs", group="Training", essential=True, says="Passes over a participant's data per round."
    )
    batch_size: int = key(20, ge=1, unit="samples", group="Training", says="Samples per local step.", source=FORM)
    optimizer: Literal["adam", "adamw", "sgd"] | None = key(
        None, group="Training", says="Local optimiser; null: adam, for transformers adamw.", source=UPSTREAM
    )
    learning_rate: float | None = key(
        None, gt=0, group="Training", essential=True, says="Step of the optimiser; null: 1e-3, for transformers 5e-5.",
        source=UPSTREAM,
    )  # fmt: skip
    proximal_mu: float | None = key(
        None, ge=0, group="Training", says="FedProx pull to the global model; null: 0, honest LoRA participants 0.01.",
        source="FedProx: Li et al. 2020, arXiv 1812.06127; value: InteFL",
    )  # fmt: skip
    backend: Literal["auto", "stacked", "sequential"] = key(
        "auto", group="Training", says="Participants at once, or one after another; auto: whichever is cheaper."
    )
    # --- aggregation ---
    paper_exact: bool = key(
        False, group="Aggregation", says="The rule as its paper has it, instead of as InteFL runs it; see the lab's page."
    )
    num_krum_selections: int = key(
        2, ge=1, unit="participants", group="Aggregation", says="Participants that Krum-like rules keep.", source=UPSTREAM
    )
    trim_ratio: float = key(
        0.1, ge=0, lt=0.5, group="Aggregation", says="Share cut at each end of every coordinate.", source=UPSTREAM
    )
    trust_threshold: float = key(0.1, ge=0, le=1, group="Aggregation", says="Trust below which one goes.", source=UPSTREAM)
    beta_value: float = key(0.1, ge=0, le=1, group="Aggregation", says="Weight of the newest trust.", source=UPSTREAM)
    num_of_clusters: Literal[1] = key(1, group="Aggregation", says="Clusters of the centroid; only one is known.")
    Kp: float = key(1.0, group="Aggregation", says="Proportional part of the PID score.", source=UPSTREAM)
    Ki: float = key(1.0, group="Aggregation", says="Integral part of the PID score.", source=UPSTREAM)
    Kd: float = key(0.0, group="Aggregation", says="Derivative part of the PID score.", source=UPSTREAM)
    num_std_dev: float = key(
        3.0, ge=0, group="Aggregation", says="Standard deviations above the mean at which PID removes.", source=UPSTREAM
    )
    rule_params: dict[str, Any] = key({}, group="Aggregation", says="Keys of a rule of your own (entry point).")
    # --- removal ---
    remove_clients: bool = key(False, group="Removal", essential=True, says="Whether participants are removed.")
    begin_removing_from_round: int = key(2, ge=1, unit="rounds", group="Removal", says="First round of removal.", source=FORM)
    termination_policy: Literal["strict", "graceful", "adaptive"] = key(
        "graceful", group="Removal", says="When too few are left: stop below min_fit, at none, or below min_clients_ratio.",
        source=UPSTREAM,
    )  # fmt: skip
    min_clients_ratio: float = key(0.3, ge=0, le=1, group="Removal", says="Share that `adaptive` needs.", source=UPSTREAM)
    skip_removed_training: bool = key(
        False, group="Removal", says="Do not train and evaluate the removed: their curves end, the run is cheaper."
    )
    # --- attacks ---
    attack_schedule: tuple[AttackEntry, ...] = key(
        (), group="Attacks", essential=True, says="Who attacks how in which rounds; applied in this order."
    )
    save_attack_snapshots: bool = key(False, group="Attacks", says="Keep samples of what each attacker changed.")
    snapshot_max_samples: int = key(6, ge=1, le=50, unit="samples", group="Attacks", says="Samples of a snapshot.")
    # --- language models ---
    use_llm: bool = key(False, group="Language model", says="Train a language model (a small transformer, from scratch).")
    llm_model: str | None = key(
        None, group="Language model", says="Which model is meant; a small one is trained from scratch in its shape."
    )
    llm_task: Literal["mlm", "classification"] | None = key(None, group="Language model", says="What it learns.")
    llm_finetuning: Literal["full", "lora"] | None = key(None, group="Language model", says="Which weights it learns.")
    llm_chunk_size: int = key(
        128, ge=1, le=4096, unit="tokens", group="Language model", says="Tokens of a piece for masked language modelling."
    )
    max_seq_length: int | None = key(
        None, ge=1, le=4096, unit="tokens", group="Language model", says="Most tokens of a text; null: 64."
    )
    mlm_probability: float = key(
        0.15, ge=0, le=1, group="Language model", says="Share of tokens masked.", source="Devlin et al. 2019, arXiv 1810.04805"
    )
    lora_rank: int = key(8, ge=1, le=256, group="Language model", says="Rank of the LoRA matrices.", source=UPSTREAM)
    lora_alpha: float = key(16.0, gt=0, group="Language model", says="LoRA's scale, divided by the rank.", source=UPSTREAM)
    lora_dropout: float = key(0.05, ge=0, lt=1, group="Language model", says="Dropout before LoRA.", source=UPSTREAM)
    lora_target_modules: tuple[str, ...] = key(
        ("query", "value"), group="Language model", says="Projections that LoRA adapts.", source=UPSTREAM
    )

    def check(self) -> Iterable[Problem]:
        from quintant.labs.federated.rules import broken

        return broken(self)

    def warnings(self) -> Iterable[Problem]:
        from quintant.labs.federated.rules import doubtful

        return doubtful(self)

    def filled(self) -> StrategyConfig:
        """This strategy with every derived value in the place of its null."""
        n = self.num_of_clients
        transformer = self.model_type == "transformer"
        derived: dict[str, Any] = {
            "num_of_malicious_clients": len(malicious(self.attack_schedule, n)),
            "min_fit_clients": n,
            "min_evaluate_clients": n,
            "min_available_clients": n,
            "strict_mode": not self.remove_clients,
            "clients_per_round": n,
            "optimizer": "adamw" if transformer else "adam",
            "learning_rate": 5e-5 if transformer else 1e-3,
            "proximal_mu": 0.01 if self.llm_finetuning == "lora" else 0.0,
            "max_seq_length": 64,
        }
        return self.model_copy(update={name: value for name, value in derived.items() if getattr(self, name) is None})


class FederatedConfig(StrategyConfig):
    """One run: the keys that its strategies share, and in `strategies` what each has of its own."""

    strategies: tuple[dict[str, Any], ...] = key(
        (), max_length=100, group="Federation", essential=True,
        says="Strategies compared in this run, each an object of the keys in which it differs; none: the keys alone.",
    )  # fmt: skip

    @cached_property
    def plans(self) -> tuple[StrategyConfig, ...]:
        """The merged and filled config of every strategy, in order."""
        return tuple(parse(StrategyConfig, raw).filled() for raw in self.merged())

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
        told: dict[tuple[str, str], Problem] = {}
        for index, raw in enumerate(self.merged()):
            own = self.strategies[index] if self.strategies else {}
            try:
                plan = parse(StrategyConfig, raw)
                found: list[Problem] = [] if what == "check" else list(plan.warnings())
            except ConfigError as error:
                found = list(error.problems)
            for problem in found:
                path = f"strategies.{index}.{problem.path}" if problem.path.partition(".")[0] in own else problem.path
                placed = Problem(path, problem.message, problem.value, problem.allowed, problem.hint)
                told.setdefault((path, problem.message), placed)
        return list(told.values())
