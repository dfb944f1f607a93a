"""The spiking engine's speed beside Brian2 and NEST on the same network, in the same run.

python benchmarks/spiking.py [--peers PYTHON] [--repetitions 5] [--large]

The network is that of the contract's default request: 800 + 200 cells, 10⁶ synapses, 10 000 steps, noise on every E cell at
every step. CPU time of one core, medians over repetitions in which all take turns, so that a noisy machine slows all alike.

    core      our loop over steps alone, the input being ready (what X-Pinglab-Core-Sim-Ms times)
    run       a whole run in this process: weights, input with the contract's random numbers, loop, all metrics
    brian2    `run` of Brian2's cython target after its code is compiled; its loop draws the noise
    standalone    the whole binary of Brian2's cpp_standalone, built before
    nest      `Simulate` of NEST's iaf_cond_exp, one thread, the network being built

PYTHON is an interpreter with brian2, cython and nest-simulator, kept apart from ours; `make bench` makes one.
The peers draw their own random numbers: the number of spikes stands beside each time (ours make 21.8 to 23 thousand, by seed).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WANTED = {"brian2": 50.0, "standalone": 12.0, "nest": 100.0}
DEFAULT_PEERS = Path(__file__).parents[1] / ".venv-bench" / "spiking" / "bin" / "python"


# --- ours ---


def ours(repetitions: int) -> dict[str, list[float]]:
    from quintant.config import parse
    from quintant.labs.spiking import LAB
    from quintant.labs.spiking.engine import warm

    warm()
    config = parse(LAB.config, LAB.presets["pinglab-default"].config)
    core(config)
    found: dict[str, list[float]] = {"core": [], "run": []}
    for _ in range(repetitions):
        found["core"].append(core(config))
        found["run"].append(whole(config))
    return found


def core(config: Any) -> float:
    """CPU seconds of the loop; the input is made before, the traces of the contract are kept, its means are not."""
    from quintant.lab import Streams
    from quintant.labs.spiking import LAB
    from quintant.labs.spiking.engine.simulation import start

    state = start(config.model_copy(update={"record_input": False}), Streams.derive(1, LAB.purposes))
    rows = state.drive.rows(0, state.steps)
    state.chunk = state.steps
    state.drive = Ready(rows)  # type: ignore[assignment]
    begun = time.process_time()
    state.advance()
    spent = time.process_time() - begun
    assert state.spikes == 21811
    return spent


class Ready:
    """The input of a whole run, made before."""

    def __init__(self, rows: Any) -> None:
        self.whole = rows

    def rows(self, first: int, count: int) -> Any:
        return self.whole


def whole(config: Any) -> float:
    from quintant.testing import conformance

    begun = time.process_time()
    _, result = conformance.run(_lab(), config, 1)
    spent = time.process_time() - begun
    assert result.metrics["spikes"].value == 21811
    return spent


def _lab() -> Any:
    from quintant.labs.spiking import LAB

    return LAB


def large() -> tuple[float, float, int]:
    """CPU seconds of 4000 + 1000 cells for 1 s of model time: 25 million synapses of one weight a block, and each its own."""
    from quintant.config import parse

    lab = _lab()
    spent = []
    spikes = 0
    for std in (0.0, 0.001):
        blocks = {f"weights_{pair}": {"mean": mean, "std": std} for pair, mean in
                  (("ee", 0.02), ("ei", 0.015), ("ie", 0.015), ("ii", 0.02))}  # fmt: skip
        raw = {"precision": "single", "n_e": 4000, "n_i": 1000, "record_input": False, **blocks}
        config = parse(lab.config, raw)
        from quintant.lab import Streams
        from quintant.labs.spiking.engine.simulation import start

        state = start(config, Streams.derive(1, lab.purposes))
        state.drive = Ready(state.drive.rows(0, state.steps))  # type: ignore[assignment]
        state.chunk = state.steps
        begun = time.process_time()
        state.advance()
        spent.append(time.process_time() - begun)
        spikes = state.spikes
    return spent[0], spent[1], spikes


# --- peers: each prints one line of JSON {"seconds": [...], "spikes": n} ---


def brian2(target: str, repetitions: int) -> None:
    import brian2 as b

    folder = tempfile.mkdtemp()
    if target == "standalone":
        b.set_device("cpp_standalone", directory=folder, build_on_run=False)
        b.prefs.devices.cpp_standalone.openmp_threads = 0
    else:
        b.prefs.codegen.target = "cython"
    b.seed(1)
    b.defaultclock.dt = 0.1 * b.ms
    equations = """
    dv/dt = (gl*(-65 - v) + ge*(0 - v) + gi*(-80 - v) + drive*clip(0.7 + 0.5*randn(), 0, 100)) / c / ms : 1 (unless refractory)
    dge/dt = -ge/(2*ms) : 1
    dgi/dt = -gi/(6.5*ms) : 1
    gl : 1
    c : 1
    drive : 1
    limit : 1
    rest : second
    """
    cells = b.NeuronGroup(1000, equations, threshold="v >= limit", reset="v = -65", refractory="rest", method="euler")
    e, i = cells[:800], cells[800:]
    cells.v = -65
    cells.limit = "-50 + 1.2*randn()"
    cells.c = "clip(1 + 0.1*randn(), 0.01, 10)"
    e.gl, i.gl = "0.05*clip(1 + 0.15*randn(), 0.1, 10)", "0.1*clip(1 + 0.15*randn(), 0.1, 10)"
    e.rest, i.rest = "clip(3 + 0.3*randn(), 0.1, 10)*ms", "clip(1.5 + 0.3*randn(), 0.1, 10)*ms"
    e.drive, i.drive = 1, 0
    parts: list[Any] = [cells]
    for source, goal, gate, weight, delay in (
        (e, e, "ge", 0.02 / 800**0.5, 0.5), (e, i, "ge", 0.015 / 800**0.5, 0.5),
        (i, e, "gi", 0.015 / 200**0.5, 1.2), (i, i, "gi", 0.02 / 200**0.5, 0.5),
    ):  # fmt: skip
        block = b.Synapses(source, goal, on_pre=f"{gate}_post += {weight}", delay=delay * b.ms)
        block.connect()
        parts.append(block)
    monitor = b.SpikeMonitor(cells)
    network = b.Network(*parts, monitor)
    seconds = []
    if target == "standalone":
        network.run(1000 * b.ms)
        b.device.build(directory=folder, compile=True, run=False, debug=False)
        for _ in range(repetitions):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            b.device.run(directory=folder, with_output=False, run_args=[])
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        spikes = int(monitor.num_spikes)
    else:
        network.run(1 * b.ms)
        spikes = 0
        for _ in range(repetitions):
            already, begun = int(monitor.num_spikes), time.process_time()
            network.run(1000 * b.ms)
            seconds.append(time.process_time() - begun)
            spikes = int(monitor.num_spikes) - already
    print(json.dumps({"seconds": seconds, "spikes": spikes}))


def nest(repetitions: int) -> None:
    import nest

    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.local_num_threads = 1
    nest.resolution = 0.1
    cell = {"E_L": -65.0, "V_reset": -65.0, "E_ex": 0.0, "E_in": -80.0, "tau_syn_ex": 2.0, "tau_syn_in": 6.5, "V_m": -65.0}
    normal = nest.random.normal
    spread = {"V_th": normal(-50.0, 1.2), "C_m": normal(1000.0, 100.0)}
    e = nest.Create("iaf_cond_exp", 800, {**cell, **spread, "g_L": normal(50.0, 7.5), "t_ref": 3.0, "I_e": 718.5})
    i = nest.Create("iaf_cond_exp", 200, {**cell, **spread, "g_L": normal(100.0, 15.0), "t_ref": 1.5})
    noise = nest.Create("noise_generator", params={"std": 460.0, "dt": 0.1})
    nest.Connect(noise, e)
    recorder = nest.Create("spike_recorder")
    nest.Connect(e + i, recorder)
    for source, goal, weight, delay in (
        (e, e, 20.0 / 800**0.5, 0.5), (e, i, 15.0 / 800**0.5, 0.5),
        (i, e, -15.0 / 200**0.5, 1.2), (i, i, -20.0 / 200**0.5, 0.5),
    ):  # fmt: skip
        nest.Connect(source, goal, "all_to_all", {"weight": weight, "delay": delay})
    nest.Prepare()
    seconds, spikes = [], 0
    for _ in range(repetitions):
        already, begun = recorder.n_events, time.process_time()
        nest.Run(1000.0)
        seconds.append(time.process_time() - begun)
        spikes = recorder.n_events - already
    nest.Cleanup()
    print(json.dumps({"seconds": seconds, "spikes": spikes}))


def peer(python: Path, name: str, repetitions: int) -> dict[str, Any] | None:
    command = [str(python), __file__, "--as", name, "--repetitions", str(repetitions)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        print(f"{name}: not measured: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", type=Path, default=DEFAULT_PEERS)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="4000 + 1000 cells and 25 million synapses too")
    parser.add_argument("--as", dest="as_", choices=["brian2", "standalone", "nest"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.as_:
        nest(given.repetitions) if given.as_ == "nest" else brian2(given.as_, given.repetitions)
        return
    mine: dict[str, list[float]] = {"core": [], "run": []}
    theirs: dict[str, dict[str, Any] | None] = {}
    for name in WANTED:
        for key, seconds in ours(given.repetitions).items():
            mine[key] += seconds
        theirs[name] = peer(given.peers, name, given.repetitions)
    median = {key: statistics.median(seconds) for key, seconds in mine.items()}
    print(f"core  {median['core'] * 1e3:8.1f} ms   {21811:6d} spikes")
    print(f"run   {median['run'] * 1e3:8.1f} ms")
    for name, wanted in WANTED.items():
        if (found := theirs[name]) is None:
            print(f"{name:10s} not measured")
            continue
        seconds = statistics.median(found["seconds"])
        ratio = f"{seconds / median['core']:6.1f} x core (wanted {wanted:g})"
        print(f"{name:10s} {seconds * 1e3:8.1f} ms   {found['spikes']:6d} spikes   {ratio}")
    if given.large:
        uniform, own, spikes = large()
        print(f"4000+1000 cells, 25 million synapses: {uniform:.3f} s of CPU with one weight a block, "
              f"{own:.3f} s with each its own; {spikes} spikes")  # fmt: skip


if __name__ == "__main__":
    main()
