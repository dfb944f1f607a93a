"""`quintant.run` as an editor and mypy see it: each lab's keys, and what they hold. `make generated` wrote it.

A lab that is not built in takes its keys in `config`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack, overload

from quintant.client.run import RunHandle, SweepHandle

class Options(TypedDict, total=False):
    preset: str | None
    config: Mapping[str, Any] | None
    seeds: int | Sequence[int] | None
    sweep: Mapping[str, Any] | Any
    from_run: str | RunHandle | SweepHandle | None
    root_seed: int | None
    name: str | None
    retries: int | None
    until: str | Sequence[str]
    max_seeds: int | None
    fresh: bool

class ChipKeys(Options, total=False):
    populations: Sequence[Any]
    """Populations of neurons."""
    connections: Sequence[Any]
    """Which population drives which, and how."""
    network_seed: int | None
    """Seed of the wiring of connections without a seed of their own; empty: each Run draws its own."""
    timesteps: int
    """Steps to simulate, of each sample where there are samples. [steps]"""
    step_ms: float | None
    """What one step stands for; only labels axes and turns energy into power, the chip counts steps. [ms]"""
    stimuli: Sequence[Any]
    """Currents into neurons; of several on one neuron at one step the last is taken."""
    samples: Sequence[Any] | None
    """Labelled presentations, one after another, each from the initial state; empty: one run of `stimuli`."""
    readout: str | None
    """Population whose neuron k stands for class k: its spikes are counted per sample."""
    readout_by: Literal["spikes", "last", "mean", "highest"]
    """What decides: most spikes, or the highest potential at the last step, on average, or at any step."""
    plasticity: Literal["off", "stdp", "three_factor"]
    """STDP changes weights at every spike; three_factor collects eligibility, which rewards turn into weight."""
    rewards: Sequence[Any]
    """Rewards of three_factor learning; two on one step: the last is taken."""
    graded: bool
    """Spikes carry by how much the threshold was exceeded, 1 to 255; a synapse delivers weight × that >> 7."""
    dendrites: bool | None
    """Whether dendritic compartments act; empty: when a connection uses one; false drops their input."""
    noise: bool
    """Whether populations with a noise_mantissa have a noisy threshold."""
    probes: Sequence[Any]
    """Neurons whose potential and state are kept."""
    record_weights: Literal["none", "plastic", "all"]
    """Which synapses the table `weights` lists, initial and final: with learning the plastic ones, all, or none."""
    weights_every_steps: int | None
    """Keep the weights of plastic synapses every n-th step too. [steps]"""
    reference: Mapping[str, Any] | None
    """Spikes to hold the run's own against; the first that only one of the two has is told. Empty: none."""
    hardware: Literal["n1", "n1-f2", "n1-arty", "n1-kria"]
    """Whose limits the fit is held against: the N1's 128 cores, or its FPGA builds of 16, 4 and 2 cores."""
    energy_profile: Literal["loihi", "spinnaker", "spinnaker2", "cpu", "gpu", "arm"]
    """Published coefficients of the energy estimate."""
    energy_coefficients: Mapping[str, Any] | None
    """Your own coefficients, with their source, in place of a published profile."""

class FederatedKeys(Options, total=False):
    aggregation_strategy_keyword: Literal[
        "fedavg",
        "krum",
        "multi-krum",
        "multi-krum-based",
        "bulyan",
        "rfa",
        "trimmed_mean",
        "median",
        "arkrum",
        "pid",
        "pid_scaled",
        "pid_standardized",
        "pid_standardized_score_based",
        "trust",
    ]
    """Rule by which the server aggregates."""
    num_of_rounds: int
    """Rounds of training and aggregation. [rounds]"""
    num_of_clients: int
    """Participants of the federation. [participants]"""
    clients_per_round: int | None
    """Participants drawn anew for each round; null: all of them. [participants]"""
    num_of_malicious_clients: int | None
    """Attackers the defence reckons with (Krum's f); null: as many as ever attack in one round, at most what the rule allo"""
    min_fit_clients: int | None
    """Fewest that must train; null: num_of_clients. [participants]"""
    min_evaluate_clients: int | None
    """Fewest that must evaluate; null: num_of_clients. [participants]"""
    min_available_clients: int | None
    """Fewest with which a run begins; null: num_of_clients. [participants]"""
    strict_mode: bool | None
    """Every min_* must equal num_of_clients; null: true unless participants are removed."""
    dataset_keyword: Literal[
        "digits",
        "mnist_5k",
        "mnist",
        "fashion_mnist",
        "femnist_iid",
        "femnist_niid",
        "pneumoniamnist",
        "bloodmnist",
        "breastmnist",
        "pathmnist",
        "dermamnist",
        "octmnist",
        "retinamnist",
        "tissuemnist",
        "organamnist",
        "organcmnist",
        "organsmnist",
        "cifar10",
        "cifar100",
        "cinic10",
        "its",
        "flair",
        "lung_photos",
        "reuters_r8",
        "medquad",
        "financial_phrasebank",
        "lexglue",
        "pubmed_classification_20k",
        "medal",
    ]
    """Data set, or what stands for it by name."""
    partitioning_strategy: Literal[
        "iid",
        "linear",
        "square",
        "exponential",
        "dirichlet",
        "inner_dirichlet",
        "pathological",
        "shard",
        "continuous",
        "natural_id",
        "grouped_natural_id",
        "size",
        "distribution",
    ]
    """How the training data are spread over the participants."""
    partitioning_params: Mapping[str, Any]
    """Keys of the partitioner: alpha, num_classes_per_partition, partition_sizes, group_size …"""
    samples_per_client: int | None
    """Cut every participant's part to so many samples; null: all of it. [samples]"""
    training_subset_fraction: float
    """Share of a participant's data it trains on; the rest validates."""
    text_column: str | None
    """Column of the text in a file of your own; null: text."""
    label_column: str | None
    """Column of the label in a file of your own; null: label."""
    model_type: Literal["cnn", "mlp", "logistic", "transformer"]
    """What every participant trains."""
    model_keyword: str | None
    """Which network of that type; null: the data set's own."""
    training_device: Literal["cpu", "gpu"]
    """Where it is computed."""
    num_of_client_epochs: int
    """Passes over a participant's data per round. [epochs]"""
    batch_size: int
    """Samples per local step. [samples]"""
    optimizer: Literal["adam", "adamw", "sgd", None]
    """Local optimiser; null: adam, for transformers adamw."""
    learning_rate: float | None
    """Step of the optimiser; null: 1e-3, for transformers 5e-5."""
    proximal_mu: float | None
    """FedProx pull to the global model; null: 0, honest LoRA participants 0.01."""
    backend: Literal["auto", "stacked", "sequential"]
    """Participants at once, or one after another; auto: whichever is cheaper."""
    paper_exact: bool
    """The rule as its paper has it, instead of as InteFL runs it; see the lab's page."""
    num_krum_selections: int | None
    """Participants that Krum-like rules keep; null: 2, for bulyan n - 2f with its largest f up to the attackers. [particip"""
    unmet_condition: Literal["refuse", "average"]
    """Where n is too small for the rule: refuse, or average every round without a defence as InteFL does, and say so."""
    trim_ratio: float
    """Share cut at each end of every coordinate."""
    trust_threshold: float
    """Trust below which one goes."""
    beta_value: float
    """Weight of the newest trust."""
    num_of_clusters: int
    """Clusters of the centroid; only one is known."""
    Kp: float
    """Proportional part of the PID score."""
    Ki: float
    """Integral part of the PID score."""
    Kd: float
    """Derivative part of the PID score."""
    num_std_dev: float
    """Standard deviations above the mean at which PID removes."""
    rule_params: Mapping[str, Any]
    """Keys of a rule of your own (entry point)."""
    remove_clients: bool
    """Whether participants are removed."""
    begin_removing_from_round: int
    """First round of removal. [rounds]"""
    termination_policy: Literal["strict", "graceful", "adaptive"]
    """When too few are left: stop below min_fit, at none, or below min_clients_ratio."""
    min_clients_ratio: float
    """Share that `adaptive` needs."""
    skip_removed_training: bool
    """Do not train and evaluate the removed: their curves end, the run is cheaper."""
    attack_schedule: Sequence[Any]
    """Who attacks how in which rounds; applied in this order."""
    save_attack_snapshots: bool
    """Keep samples of what each attacker changed."""
    snapshot_max_samples: int
    """Samples of a snapshot. [samples]"""
    use_llm: bool
    """Train a language model (a small transformer, from scratch)."""
    llm_model: str | None
    """Which model is meant; a small one is trained from scratch in its shape."""
    llm_task: Literal["mlm", "classification", None]
    """What it learns; null: classification, of data without labels masked language modelling."""
    llm_finetuning: Literal["full", "lora", None]
    """Which weights it learns."""
    llm_chunk_size: int
    """Tokens of a piece for masked language modelling. [tokens]"""
    max_seq_length: int | None
    """Most tokens of a text; null: 64. [tokens]"""
    mlm_probability: float
    """Share of tokens masked."""
    lora_rank: int
    """Rank of the LoRA matrices."""
    lora_alpha: float
    """LoRA's scale, divided by the rank."""
    lora_dropout: float
    """Dropout before LoRA."""
    lora_target_modules: Sequence[Any]
    """Projections that LoRA adapts."""
    strategies: Sequence[Any]
    """Strategies compared in this run, each an object of the keys in which it differs; none: the keys alone."""

class OpticalKeys(Options, total=False):
    mode: Literal["steady", "replay"]
    """steady removes the warm-up and estimates the steady state; replay repeats FUSION's semantics and seeds."""
    topology: str | Mapping[str, Any]
    """A shipped topology by name, or your own as {name, nodes, links}."""
    directed: bool
    """Each direction of a link has its own spectrum (true), or both directions share one (false)."""
    unit_lengths: bool
    """Take every link as 1 km long, so that length counts hops."""
    traffic_nodes: Literal["all", "core"]
    """Which nodes originate traffic: all, or the core nodes that the topology lists."""
    load_erlang: float
    """Offered load of the whole network: arrival rate times the mean holding time before truncation. [Erlang]"""
    mean_holding: float
    """Mean holding time of a connection, before truncation. [time units]"""
    holding: Literal["exponential", "truncated", "deterministic", "uniform", "hyperexponential"]
    """Distribution of the holding time; truncated redraws an exponential until it is below twice the mean, so that the tru"""
    demand: Mapping[str, Any]
    """What a request asks for: bit rates with shares, a uniform range of bit rates, or slots with shares."""
    traffic_matrix: Sequence[Any] | None
    """Relative traffic from node (row) to node (column) in the topology's node order; empty means uniform pairs."""
    slots: int
    """Frequency slots per link, core and direction in the C band. [slots]"""
    l_slots: int
    """Frequency slots in the L band. [slots]"""
    s_slots: int
    """Frequency slots in the S band. [slots]"""
    o_slots: int
    """Frequency slots in the O band. [slots]"""
    e_slots: int
    """Frequency slots in the E band. [slots]"""
    slot_width_ghz: float
    """Width of one frequency slot. [GHz]"""
    guard_slots: int
    """Guard slots after each lightpath; they are part of what must be free. [slots]"""
    cores: int
    """Cores per fibre (1, 3, 4, 7, 13 and 19 have crosstalk maps)."""
    fixed_grid: bool
    """Every lightpath takes one slot, whatever its rate."""
    allocation: Literal["first_fit", "last_fit", "best_fit", "priority_first", "priority_last", "xt_aware"]
    """Which free slots a lightpath takes: lowest, highest, tightest block, or by core priority or crosstalk."""
    search_order: Literal["core_then_band", "band_then_core"]
    """Which is exhausted first when several cores and bands are searched."""
    routing: Literal[
        "k_shortest_path",
        "shortest_path",
        "congestion_aware",
        "least_congested",
        "fragmentation_aware",
        "nli_aware",
        "xt_aware",
        "external_ksp",
        "1plus1_protection",
    ]
    """How the candidate paths of a request are found."""
    k_paths: int
    """Candidate paths per node pair; more paths block less and take longer."""
    path_order: Literal["km", "hops", "spectral", "xlron_2025"]
    """Candidates sorted by length, by hops, by hops over spectral efficiency, or as the code behind the published tables d"""
    path_ties: Literal["sha256", "generator", "shortest"]
    """Order of equal paths: by the SHA-256 of the node-id list (XLRON 1.1), as networkx generates them (FUSION), or the sh"""
    first: Literal["path", "slot"]
    """path: take the first path that fits (KSP-FF). slot: take the lowest slot over all paths (FF-KSP)."""
    congestion_weight: float
    """Weight of mean occupancy against length in congestion_aware routing."""
    modulations: Literal["deeprmsa", "default", "xtar", "xtar_b", "snr", "grooming"] | Mapping[str, Any] | Sequence[Any]
    """Modulation table: a shipped one by name, {rate in Gb/s: [{name, reach_km, slots}]}, or [{name, reach_km, bits_per_sy"""
    modulation_choice: Literal["best", "all"]
    """Try only the most efficient format that reaches (best), or every one that reaches, efficient ones first."""
    max_segments: int
    """Into how many lightpaths a request may be sliced; 1 means no slicing."""
    dynamic_slicing: bool
    """Choose slice formats by SNR while serving."""
    grooming: bool
    """Fill spare bandwidth of existing lightpaths of the same node pair."""
    partial_service: bool
    """Accept a request that is only partly served."""
    transponders_per_node: int | None
    """Limit of transponders at each node; empty means no limit."""
    protection: Literal["none", "link", "node"]
    """1+1 protection: a backup path disjoint in links or in nodes."""
    protection_switchover_ms: float
    """Time a protected connection takes to switch to its backup. [ms]"""
    restoration_latency_ms: float
    """Time a restoration takes; reported beside dropped connections. [ms]"""
    revert_to_primary: bool
    """Switch back to the primary path after its repair."""
    failure: Mapping[str, Any] | None
    """A failure of a link, node, shared-risk group or region."""
    snr: Literal["none", "nli", "crosstalk", "gsnr", "external"]
    """Signal-quality check that a lightpath must pass before it is set up."""
    snr_threshold_db: float
    """Lowest SNR that the nli check accepts. [dB]"""
    input_power_w: float
    """Launch power per channel. [W]"""
    egn: bool
    """Apply the EGN correction to non-linear interference."""
    phi: Mapping[str, Any]
    """EGN modulation factor by format."""
    beta: float
    """Weight of length against the link cost in xt_aware and nli_aware routing."""
    xt_type: Literal["with_length", "without_length"]
    """Whether the crosstalk cost of xt_aware routing counts length."""
    xt_noise: bool
    """Add inter-core crosstalk to the noise of the nli check."""
    requested_xt_db: Mapping[str, Any]
    """Highest crosstalk that each format accepts. [dB]"""
    snr_recheck: bool
    """Re-check every lightpath that shares a link with a new one; refuse the new one if any fails."""
    recheck_adjacent_cores: bool
    """The re-check covers adjacent cores too."""
    recheck_crossband: bool
    """The re-check covers other bands too."""
    requests: int
    """Requests measured: after the warm-up in steady, per iteration in replay."""
    warmup_requests: int
    """Requests served before measuring starts."""
    batches: int
    """Batch means: into how many batches at most the measured requests are cut for the interval of one run; short ones are"""
    target_half_width: float | None
    """Go on until the 95 % half-width is at most this fraction of the blocking; `requests` then is the size of one round."""
    max_requests: int
    """Where the search for target_half_width ends, and the result says not converged."""
    replay_loads_erlang: Sequence[Any] | None
    """Loads run one after another; empty means load_erlang. [Erlang]"""
    replay_iterations: int
    """Iterations per load."""
    replay_seeds: Sequence[Any] | None
    """Seed of each iteration; empty means 1, 2, 3 … as in FUSION."""
    replay_stop_at_interval: bool
    """Stop a load once the 90 % interval is within 5 % of the mean blocking, FUSION's rule."""
    replay_load_per_core: bool
    """Arrival rate times cores, as FUSION's legacy multi-process runner has it."""
    replay_save_step: int
    """Keep the statistics of every n-th iteration, first and last always."""
    replay_save_slots: bool
    """Keep start and end slots of every lightpath."""

class PersonaKeys(Options, total=False):
    condition: Literal["CONTROL", "STRESS", "TRAUMA", "NEUTRAL", "MINIMAL"]
    """What kind of life the personas live: how often events come and how severe they are."""
    duration_days: int
    """Simulated days, after the baseline on day 0. [days]"""
    personas: Sequence[Any]
    """Who takes part: names of shipped personas, or personas written out. The same ones in every arm make comparisons pair"""
    recovery_condition: Literal["CONTROL", "STRESS", "TRAUMA", "NEUTRAL", "MINIMAL", None]
    """The condition that follows `condition` from `recovery_from_day` on; empty means that one lasts."""
    recovery_from_day: int | None
    """First day of `recovery_condition`. [day]"""
    stress_event_probability: float | None
    """Chance of a stressful event per persona and day; empty takes the condition's. [per persona-day]"""
    neutral_event_probability: float | None
    """Chance of a neutral event on a day without a stressful one; empty takes the condition's. [per persona-day]"""
    minimal_event_probability: float | None
    """Chance of a routine event per persona and day; empty takes the condition's. [per persona-day]"""
    intensity_low: float | None
    """Lowest intensity of an event (stress impact / 10); empty takes the condition's."""
    intensity_high: float | None
    """Highest intensity of an event; empty takes the condition's."""
    category_weights: Mapping[str, Any]
    """Relative weight of event categories ({'death': 2}); categories that are not named weigh 1, 0 excludes."""
    backend: Mapping[str, Any]
    """embedded: SmolLM2-135M-Instruct on this machine. folder: a local folder of transformers weights (`model`). ollama, o"""
    scoring: Literal["auto", "statement_contrast", "self_report"]
    """How answers become scores. statement_contrast reads log-probabilities of statement pairs, self_report parses what th"""
    contrast_gain: float
    """Slope of the calibration from a change in contrast (nats per token) to a change in score; a convention."""
    replies: bool
    """Let each persona answer its stressful and neutral events in words."""
    reply_tokens: int
    """Longest answer to an event. [tokens]"""
    memory: bool
    """Keep events in a vector memory and bring the relevant ones back into the prompt."""
    memory_limit: int
    """Most memories brought back into one prompt."""
    memory_window_days: int
    """Memories older than this are forgotten. [days]"""
    memory_similarity: float
    """Least cosine similarity of a memory to what is asked."""
    memory_url: str | None
    """A Qdrant server; empty keeps the memory in the run's own folder."""
    mirror_url: str | None
    """A Redis server that is told each persona's state at the end of a day; its password is REDIS_PASSWORD."""
    recent_events: int
    """Latest events written out in the prompt."""
    stress_decay_per_day: float
    """Share of the stress level that fades in a day."""
    stress_most: float
    """Highest stress level."""
    trait_change_most: float
    """Largest change of one trait by one event."""
    trait_decay_per_day: float
    """Share of a trait's change that fades in a day."""
    instruments: Sequence[Any]
    """Questionnaires of a session."""
    assessment_interval_days: int
    """Days between sessions; there is one on day 0 and one on the last day besides. [days]"""
    readministrations: int
    """Times the baseline session is asked again with its prompt in another order: the persona's own measurement noise."""
    attention: bool
    """Record attention from the answer to each part of the prompt, where the backend shows it."""
    activations: bool
    """Record how far the residual stream moved from the persona's baseline, layer by layer."""
    alert_change: Mapping[str, Any]
    """Smallest change from baseline that can raise an alert. [points]"""
    reliable_change: Mapping[str, Any]
    """Half width of the corridor of reliable change in figures. [points]"""
    alert_z: float
    """Least change in units of the persona's own noise that can raise an alert."""
    baseline_days: int
    """Sessions before this day form a persona's baseline. [days]"""
    glass_delta: float
    """Least cohort effect (Glass's Δ) that counts as a significant change."""
    alarm_slack: float
    """Slack of the sequential alarm (CUSUM k), in units of noise."""
    alarm_bound: float
    """Bound of the sequential alarm (CUSUM h), in units of noise."""
    seconds_per_day: float
    """Wall time of a simulated day at least; 0 runs as fast as the model allows. [s]"""

class SpikingKeys(Options, total=False):
    neuron_model: Literal["lif", "hh", "adex", "connor_stevens", "fitzhugh", "mqif", "qif", "izhikevich"]
    """Which equations every neuron obeys."""
    n_e: int
    """Excitatory neurons of the two-population network. [neurons]"""
    n_i: int
    """Inhibitory neurons of the two-population network. [neurons]"""
    t_ms: float
    """Model time to simulate. [ms]"""
    dt_ms: float
    """Time step. [ms]"""
    integrator: Literal["euler", "exponential_euler", "rk4"]
    """How the membrane is stepped: forward Euler is the contract's; exponential Euler and RK4 are more accurate."""
    precision: Literal["single", "double"]
    """Arithmetic of the membranes; single is the contract's, for lif with forward Euler only."""
    populations: Sequence[Any] | None
    """Your own populations, E before I, in place of n_e and n_i; connect them with `connections`."""
    connections: Sequence[Any] | None
    """Projections between your own populations."""
    legacy_seed_config: int | None
    """Seed of the heterogeneity in the contract's own generator (Pinglab `config.seed`); empty: the Run's seed."""
    tau_ampa_ms: float
    """Decay time of excitation (AMPA). [ms]"""
    tau_gaba_ms: float
    """Decay time of GABA-A inhibition; longer decay keeps cells silent longer, and gamma slows. [ms]"""
    e_ampa_mv: float
    """Reversal potential of excitation. [mV]"""
    e_gaba_mv: float
    """Reversal potential of inhibition. [mV]"""
    delay_ee_ms: float
    """Delay from E to E, at least one step. [ms]"""
    delay_ei_ms: float
    """Delay from E to I, at least one step. [ms]"""
    delay_ie_ms: float
    """Delay from I to E, at least one step. [ms]"""
    delay_ii_ms: float
    """Delay from I to I, at least one step. [ms]"""
    weights_ee: Mapping[str, Any]
    """Weights from E to E: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}."""
    weights_ei: Mapping[str, Any]
    """Weights from E to I: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}."""
    weights_ie: Mapping[str, Any]
    """Weights from I to E: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}."""
    weights_ii: Mapping[str, Any]
    """Weights from I to I: {mean, std}, {p, dist} or {sparse_p, weight, weight_std}."""
    weight_clamp_min: float | None
    """Weights below this become this; empty: no bound."""
    legacy_seed_weights: int | None
    """Seed of the weights in the contract's own generator (Pinglab `weights.seed`); empty: the Run's seed."""
    v_init_mv: float
    """Membrane potential at the start. [mV]"""
    e_leak_mv: float
    """Leak reversal potential E_L. [mV]"""
    v_th_mv: float
    """Threshold; reaching it is a spike. [mV]"""
    v_reset_mv: float
    """Potential after a spike. [mV]"""
    capacitance_e: float
    """Membrane capacitance of E cells. [nF]"""
    capacitance_i: float
    """Membrane capacitance of I cells. [nF]"""
    g_leak_e: float
    """Leak conductance of E cells. [µS]"""
    g_leak_i: float
    """Leak conductance of I cells. [µS]"""
    t_ref_e_ms: float
    """Refractory time of E cells, at least one step. [ms]"""
    t_ref_i_ms: float
    """Refractory time of I cells, at least one step. [ms]"""
    g_leak_spread: float
    """Relative standard deviation of the leak over neurons."""
    capacitance_spread: float
    """Relative standard deviation of the capacitance over neurons."""
    v_th_spread_mv: float
    """Standard deviation of the threshold over neurons. [mV]"""
    t_ref_spread_ms: float
    """Standard deviation of the refractory time over neurons. [ms]"""
    g_na: float
    """Sodium conductance. [mS/cm²]"""
    g_k: float
    """Potassium conductance. [mS/cm²]"""
    e_na_mv: float
    """Sodium reversal potential. [mV]"""
    e_k_mv: float
    """Potassium reversal potential. [mV]"""
    adex_v_t_mv: float
    """AdEx: where the exponential sets in, V_T. [mV]"""
    adex_delta_t_mv: float
    """AdEx: slope factor of the exponential. [mV]"""
    adex_tau_w_ms: float
    """AdEx: time constant of the adaptation. [ms]"""
    adex_a: float
    """AdEx: subthreshold adaptation. [nS]"""
    adex_b: float
    """AdEx: jump of the adaptation at a spike. [pA]"""
    adex_v_peak_mv: float
    """AdEx: where a spike is counted and cut. [mV]"""
    g_a: float
    """Connor-Stevens: conductance of the A current. [mS/cm²]"""
    fhn_a: float
    """FitzHugh-Nagumo's a."""
    fhn_b: float
    """FitzHugh-Nagumo's b."""
    fhn_tau_w: float
    """FitzHugh-Nagumo's time scale of recovery."""
    mqif_a: Sequence[Any]
    """Coefficient of each quadratic term of V."""
    mqif_v_r_mv: Sequence[Any]
    """Where each quadratic term of V vanishes. [mV]"""
    mqif_w_a: Sequence[Any]
    """Coefficient of each adaptation."""
    mqif_w_v_r_mv: Sequence[Any]
    """Where each adaptation vanishes. [mV]"""
    mqif_w_tau_ms: Sequence[Any]
    """Time constant of each adaptation. [ms]"""
    qif_a: float
    """Coefficient of the quadratic term."""
    qif_v_r_mv: float
    """Lower zero of the quadratic term. [mV]"""
    qif_v_t_mv: float
    """Upper zero of the quadratic term. [mV]"""
    izh_a: float
    """Izhikevich's a: speed of recovery."""
    izh_b: float
    """Izhikevich's b: coupling of recovery to V."""
    izh_c_mv: float
    """Izhikevich's c: reset of V. [mV]"""
    izh_d: float
    """Izhikevich's d: jump of recovery at a spike."""
    input_type: Literal["ramp", "sine", "external_spike_train", "pulse", "pulses"]
    """Shape of the input current of every neuron."""
    input_population: Literal["all", "e", "i"]
    """Who receives it; the others get none, pulses included. external_spike_train always goes to E."""
    drive_e_start: float
    """Input of E cells at the start of the ramp. [nA]"""
    drive_e_end: float
    """Input of E cells at the end of the ramp. [nA]"""
    drive_i_start: float
    """Input of I cells at the start of the ramp. [nA]"""
    drive_i_end: float
    """Input of I cells at the end of the ramp. [nA]"""
    drive_e_base: float
    """Constant input of E cells. [nA]"""
    drive_i_base: float
    """Constant input of I cells. [nA]"""
    noise: Literal["per_step", "white", "ou"]
    """per_step: independent each step, so its power depends on dt (the contract's). white: the same power at every dt, noi"""
    noise_std: float
    """Standard deviation of the input noise. [nA]"""
    noise_std_e: float | None
    """The same for E cells; empty: noise_std. [nA]"""
    noise_std_i: float | None
    """The same for I cells; empty: noise_std. [nA]"""
    noise_tau_ms: float
    """Correlation time of the noise. [ms]"""
    input_floor: float | None
    """Noise does not carry the input below this (which raises its mean); input of your own that is below it stays. Empty: """
    sine_freq_hz: float
    """Frequency of the sine. [Hz]"""
    sine_amp: float
    """Amplitude of the sine. [nA]"""
    sine_y_offset: float
    """Added to the base. [nA]"""
    sine_phase_rad: float
    """Phase of the sine. [rad]"""
    sine_phase_offset_i_rad: float
    """Phase of the sine of I cells relative to that of E. [rad]"""
    lambda0_hz: float
    """Mean rate of each source of input spikes. [Hz]"""
    mod_depth: float
    """Depth of the rate's modulation."""
    envelope_freq_hz: float
    """Frequency of the rate's modulation. [Hz]"""
    phase_rad: float
    """Phase of the rate's modulation. [rad]"""
    w_in: float
    """Current that one input spike adds. [nA]"""
    tau_in_ms: float
    """Decay time of the current of an input spike. [ms]"""
    pulse_t_ms: float
    """Onset of the first pulse. [ms]"""
    pulse_width_ms: float
    """Length of a pulse. [ms]"""
    pulse_interval_ms: float
    """From the onset of a pulse to that of the next. [ms]"""
    pulse_amp_e: float
    """What a pulse adds to E cells. [nA]"""
    pulse_amp_i: float
    """What a pulse adds to I cells. [nA]"""
    targeted_subset_enabled: bool
    """Whether pulses reach only a part of the cells."""
    target_population: Literal["all", "e", "i"]
    """Of which population the part that pulses reach is taken."""
    target_strategy: Literal["random", "first"]
    """Whether that part is drawn at random, or has the lowest ids."""
    target_fraction: float
    """How large that part is."""
    target_seed: int
    """Seed of the random choice (PCG64; I cells use the next seed)."""
    legacy_seed_inputs: int | None
    """Seed of the input in the contract's own generator (Pinglab `inputs.seed`); empty: the Run's seed."""
    own_spikes: Mapping[str, Any] | None
    """Input spikes of your own, beside the input above."""
    own_current: Mapping[str, Any] | None
    """Input current of your own, added to the input above."""
    burn_in_ms: float
    """Left out of rates, ISI, correlations and the spectrum; never out of the spikes. [ms]"""
    analyse: bool
    """Compute the rhythm's metrics; false keeps counts and count rates only."""
    record_traces: bool
    """Keep V, g_e and g_i of the recorded neurons."""
    record_neurons: Sequence[Any] | None
    """Recorded neurons by id; empty: the first E and the first I cell."""
    record_every_ms: float | None
    """Interval of the traces; empty: every step. [ms]"""
    record_input: bool
    """Keep the mean input of each population at every step."""
    record_lfp: bool
    """Keep a proxy of the local field potential: weighted synaptic currents of E cells."""

@overload
def run(lab: Literal["chip"], /, **options: Unpack[ChipKeys]) -> RunHandle | SweepHandle: ...
@overload
def run(lab: Literal["federated"], /, **options: Unpack[FederatedKeys]) -> RunHandle | SweepHandle: ...
@overload
def run(lab: Literal["optical"], /, **options: Unpack[OpticalKeys]) -> RunHandle | SweepHandle: ...
@overload
def run(lab: Literal["persona"], /, **options: Unpack[PersonaKeys]) -> RunHandle | SweepHandle: ...
@overload
def run(lab: Literal["spiking"], /, **options: Unpack[SpikingKeys]) -> RunHandle | SweepHandle: ...
@overload
def run(lab: str, /, **options: Unpack[Options]) -> RunHandle | SweepHandle: ...
