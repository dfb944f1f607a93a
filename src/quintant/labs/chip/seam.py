"""What a chip Run leaves, by name: the one list that the engine writes and the contract, figures and exports read.

Tables (Arrow). `neuron` is always the index within its population; `step` counts through all samples, so that step s of
sample k is k * timesteps + s.

    spikes          step int32 · population dictionary<string> · neuron int32 · payload uint8 (graded only)
                    ordered by step, then population as declared, then neuron
    activity        step int32 · population dictionary<string> · spikes int32        one row per step and population
    potentials      step int32 · population dictionary<string> · neuron int32 · potential int64 (after the step) ·
                    input int64 (soma and dendrites, as it was added) · threshold int64 (with noise; null: it never fires) ·
                    refractory int32
                    (steps left after the step) · spiked bool · trace int32 · slow_trace int32 ·
                    dendrite_1..3 int64 (sums, when dendrites act)
                    one row per kept step and probed neuron; only with probes
    weights         connection int32 · source string · pre int32 · target string · post int32 · delay int32 · plastic bool ·
                    initial int32 · final int32                 which synapses: the key record_weights
    weight_history  step int32 · synapse int32 (row of `weights`) · weight int32         only with weights_every_steps
    samples         sample int32 · label int32 · predicted int32 · spikes int64 · counts list<int64> (spikes of the readout) ·
                    potentials list<int64> (of the readout: last, summed over its steps, or highest; only where readout_by
                    is not spikes)                                                              only with samples

Documents (JSON).

    network   neurons, synapses, timesteps, samples, dendrites, noise (whether they act), spikes_sha256, weights_sha256,
              populations [{label, size, first}] in declared order (`first`: global id), connections [{source, target,
              topology, synapses, seed (null: network_seed or the Run's), plastic, delay, compartment, weight_min, weight_max}]
    summary   total_spikes, firing_rates {label: spikes / (size × steps)}, synaptic_events, steps (all samples together)
    fit       target, title, source, says, fits, limits {cores, neurons_per_core, synapses_per_core, synapses_per_neuron,
              local_destinations, remote_destinations, reverse_fan_in, …}, neurons, synapses, synapses_between_cores,
              cores [{core, populations {label: neurons}, neurons, synapses (both ends on this core), neurons_percent,
              synapses_percent, fan_out (most neurons in other cores that one of its neurons reaches), on_chip}],
              checks [{what, says, value, limit, fits, where, change}]: `change` is the smallest change that would help,
              null where it fits; problems: the checks that fail
    energy    estimate: true, profile ("own" with a user's coefficients), title, source, coefficients [{name, pj, low_pj,
              high_pj, source}], counts {synaptic_operations, neuron_updates, spikes_routed, learning_updates}, parts_nj
              {same names; null: no coefficient is published}, unpriced [names counted but without a coefficient],
              total_nj, low_nj, high_nj, step_ms, mean_power_uw (null without step_ms), activation_sparsity,
              connection_sparsity, note
    comparison  title, populations (those compared), spikes, reference_spikes, agreed, run_alone, reference_alone, first
              {step, population, neuron, fired_in: "run" or "reference"}, null where every spike is in both; only with the
              key reference

Metrics: those below, and `rate_<label>` per population (spikes per neuron and step).
"""

from __future__ import annotations

SPIKES, ACTIVITY, POTENTIALS, WEIGHTS, WEIGHT_HISTORY, SAMPLES = TABLES = (
    "spikes", "activity", "potentials", "weights", "weight_history", "samples",
)  # fmt: skip
NETWORK, SUMMARY, FIT, ENERGY, COMPARISON = DOCUMENTS = ("network", "summary", "fit", "energy", "comparison")

METRICS = {
    "spikes": "1",
    "rate": "spikes/neuron/step",
    "active_neurons": "1",
    "neurons": "1",
    "synapses": "1",
    "synaptic_events": "1",
    "weights_changed": "1",
    "energy_nj": "nJ",
    "accuracy": "1",
}
"""Name -> unit. `spikes` is the headline; `accuracy` is there when samples carry labels."""
