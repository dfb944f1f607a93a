"""What a config may say but its author should know: values without the effect that they seem to have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from quintant.errors import Problem
from quintant.labs.spiking.parts import SampledWeights
from quintant.labs.spiking.rules import clamped, named_blocks

if TYPE_CHECKING:
    from quintant.labs.spiking.config import SpikingConfig

PARAMETERS = {"normal": ("mean", "std"), "lognormal": ("mean", "sigma"), "gamma": ("shape", "scale", "rate"),
              "exponential": ("scale", "rate")}  # fmt: skip
"""What each distribution of sampled weights reads; `rate` is 1 / `scale`."""


def doubtful(config: SpikingConfig) -> Iterator[Problem]:
    tau_ms = min(config.capacitance_e / config.g_leak_e, config.capacitance_i / config.g_leak_i)
    if config.neuron_model == "lif" and config.integrator == "euler" and config.dt_ms > tau_ms / 10:
        yield Problem("dt_ms", f"is more than a tenth of the membrane's time constant of {tau_ms:g} ms.", config.dt_ms,
                      hint="Take a smaller step or integrator exponential_euler.")  # fmt: skip
    if config.neuron_model in ("hh", "connor_stevens") and config.integrator == "euler" and config.dt_ms > 0.02:
        yield Problem("integrator", f"euler at dt_ms = {config.dt_ms:g} fires gated cells a third too fast.", "euler",
                      hint="Take integrator rk4.")  # fmt: skip
    if config.neuron_model in ("lif", "qif", "mqif") and config.v_reset_mv >= config.v_th_mv:
        yield Problem("v_reset_mv", f"is not below v_th_mv = {config.v_th_mv:g}: every cell fires as soon as it may.",
                      config.v_reset_mv)  # fmt: skip
    if config.neuron_model == "izhikevich" and config.v_th_mv < 0:
        yield Problem("v_th_mv", "is where an Izhikevich cell is cut; its paper has 30.", config.v_th_mv,
                      hint="Begin with the preset fi-izhikevich.")  # fmt: skip
    if config.noise == "white" and config.input_floor is not None:
        yield Problem("input_floor", "clips white noise, and how much depends on dt_ms.", config.input_floor,
                      hint="Set it to null.")  # fmt: skip
    yield from _cut(config)
    yield from _grid(config)
    yield from _timing(config)
    if config.burn_in_ms >= config.t_ms:
        yield Problem("burn_in_ms", f"leaves nothing of t_ms = {config.t_ms:g}; only the last step is measured.",
                      config.burn_in_ms)  # fmt: skip
    for path, block in named_blocks(config):
        if config.legacy_seed_weights is not None and (refused := clamped(path, block, config.weight_clamp_min)) is not None:
            yield refused
        if isinstance(block, SampledWeights):
            for name in sorted(set(block.dist.params) - set(PARAMETERS[block.dist.name])):
                yield Problem(f"{path}.dist.params.{name}", f"is no parameter of {block.dist.name}: it has no effect.",
                              block.dist.params[name], list(PARAMETERS[block.dist.name]))  # fmt: skip
            if {"scale", "rate"} <= set(block.dist.params):
                yield Problem(f"{path}.dist.params.rate", "has no effect beside scale.", block.dist.params["rate"])


def _cut(config: SpikingConfig) -> Iterator[Problem]:
    """Input of the user's own that the contract's arithmetic cuts at the floor; natively only noise is."""
    floor = config.input_floor
    if config.legacy_seed_inputs is None or floor is None:
        return
    for key, least in _least_inputs(config):
        if config.why_unread(key) is None and least < floor:
            yield Problem(key, f"takes the input to {least:g}, and it is cut at {floor:g}, as in the original.",
                          getattr(config, key), hint="Natively only noise is cut.")  # fmt: skip


def _least_inputs(config: SpikingConfig) -> Iterator[tuple[str, float]]:
    """Keys of the input with the least value that each leads to, noise left out."""
    for kind in ("e", "i"):
        base: float = getattr(config, f"drive_{kind}_base")
        match config.input_type:
            case "ramp":
                yield from ((f"drive_{kind}_{end}", getattr(config, f"drive_{kind}_{end}")) for end in ("start", "end"))
            case "sine":
                yield f"drive_{kind}_base", base + config.sine_y_offset - abs(config.sine_amp)
            case "pulse" | "pulses":
                yield f"drive_{kind}_base", base
                amplitude: float = getattr(config, f"pulse_amp_{kind}")
                yield f"pulse_amp_{kind}", base + min(amplitude, 0.0)
            case "external_spike_train":
                yield "w_in", min(config.w_in, 0.0)


def _grid(config: SpikingConfig) -> Iterator[Problem]:
    """Times that are whole steps in the engine, and decays that are shorter than one."""
    dt_ms = config.dt_ms
    times = [(key, getattr(config, key), key.startswith("delay")) for key in (
        "delay_ee_ms", "delay_ei_ms", "delay_ie_ms", "delay_ii_ms", "t_ref_e_ms", "t_ref_i_ms")]  # fmt: skip
    times += [(f"connections.{at}.delay_ms", each.delay_ms, True) for at, each in enumerate(config.connections or ())]
    times += [(f"populations.{at}.t_ref_ms", each.t_ref_ms, False) for at, each in enumerate(config.populations or ())
              if each.t_ref_ms is not None]  # fmt: skip
    for path, value_ms, delay in times:
        kept_ms = max(1, round(value_ms / dt_ms)) * dt_ms
        # no refractory time is one step of it: the cell is held for one step less than that
        if abs(kept_ms - value_ms) > 1e-6 * dt_ms and (delay or value_ms > 0) and config.why_unread(path) is None:
            yield Problem(path, f"is {kept_ms:g} on the grid of dt_ms = {dt_ms:g}; got {value_ms:g}.", value_ms,
                          hint=f"Take a multiple of {dt_ms:g}, or a smaller dt_ms.")  # fmt: skip
    decays = ["tau_ampa_ms", "tau_gaba_ms", "noise_tau_ms", "tau_in_ms", "adex_tau_w_ms", "fhn_tau_w"]
    for path, tau_ms in [*((key, getattr(config, key)) for key in decays),
                         *((f"mqif_w_tau_ms.{at}", tau_ms) for at, tau_ms in enumerate(config.mqif_w_tau_ms))]:  # fmt: skip
        if tau_ms <= dt_ms and config.why_unread(path.partition(".")[0]) is None:
            yield Problem(path, f"is no longer than a step of dt_ms = {dt_ms:g}: nothing is left after one; got {tau_ms:g}.",
                          tau_ms, hint="Take a smaller dt_ms.")  # fmt: skip


def _timing(config: SpikingConfig) -> Iterator[Problem]:
    """Input that steps cannot follow, and input that comes when the run is over."""
    nyquist_hz = 500.0 / config.dt_ms
    for key in ("sine_freq_hz", "envelope_freq_hz"):
        if abs(frequency_hz := getattr(config, key)) > nyquist_hz and config.why_unread(key) is None:
            yield Problem(key, f"is above {nyquist_hz:g} Hz, half of the rate of steps: it is seen at another frequency; "
                          f"got {frequency_hz:g}.", frequency_hz)  # fmt: skip
    chance = config.lambda0_hz * (1 + abs(config.mod_depth)) * config.dt_ms / 1000
    if chance > 1 and config.why_unread("lambda0_hz") is None:
        yield Problem("lambda0_hz", f"asks for {chance:.3g} spikes of a source in a step of {config.dt_ms:g} ms; it has one.",
                      config.lambda0_hz, hint="Take a smaller dt_ms.")  # fmt: skip
    if config.why_unread("pulse_t_ms") is None:
        if config.pulse_t_ms >= config.t_ms:
            yield Problem("pulse_t_ms", f"is not before the end, t_ms = {config.t_ms:g}: only the last step has a pulse; "
                          f"got {config.pulse_t_ms:g}.", config.pulse_t_ms)  # fmt: skip
        if config.pulse_t_ms < 0:
            yield Problem(
                "pulse_t_ms", f"is before the run: the pulse begins at 0; got {config.pulse_t_ms:g}.", config.pulse_t_ms
            )
        if config.pulse_width_ms < config.dt_ms:
            yield Problem("pulse_width_ms", f"is shorter than a step of dt_ms = {config.dt_ms:g}, the shortest pulse; "
                          f"got {config.pulse_width_ms:g}.", config.pulse_width_ms)  # fmt: skip
    for path, own in (("own_spikes", config.own_spikes), ("own_current", config.own_current)):
        late = sum(time_ms >= config.t_ms for time_ms in own.times_ms) if own is not None else 0
        if own is not None and late:
            yield Problem(f"{path}.times_ms", f"{late} of {len(own.times_ms)} are not before the end, t_ms = {config.t_ms:g}, "
                          "and have no effect.", late)  # fmt: skip
