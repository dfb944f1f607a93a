"""The federated engine beside Flower's simulation engine, in the same run: FedAvg, 10 participants, 10 rounds, a small CNN.

python benchmarks/federated.py [--repetitions 3] [--only mnist6k digits warm flute]

cold    a new process from nothing to the last aggregate: CPU seconds of the whole process tree (user + system, daemons
        included) and wall seconds; repetitions take turns
warm    the same run in a process that has begun already, as a worker of `quintant serve` is: wall and CPU
flute   FLUTE's LR on MNIST: 1000 participants, 10 a round, 100 rounds, batch 10, SGD 0.03, one process, cold
Both engines start from the same weights and take the same batches in the same order; the test accuracies stand beside the
times. Flower lives in .venv-bench/federated (`pip install "flwr[simulation]==1.41.0" torch numpy`); without it its part is
left out and said so. MNIST must have been fetched (`quintant federated fetch mnist`).
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

HERE = Path(__file__).parent
PEER = HERE.parent / ".venv-bench" / "federated" / "bin" / "python"
PR_SET_CHILD_SUBREAPER = 36
ROOT = 1
BASE = {"num_of_clients": 10, "num_of_rounds": 10, "batch_size": 32, "training_subset_fraction": 0.8}
CASES: dict[str, dict[str, Any]] = {
    "mnist6k": {**BASE, "dataset_keyword": "npz:bench-mnist6k", "model_keyword": "small_plain", "samples_per_client": 600},
    "digits": {**BASE, "dataset_keyword": "npz:bench-digits", "model_keyword": "tiny_plain", "samples_per_client": 144},
}
FLUTE = {
    "dataset_keyword": "mnist", "model_type": "logistic", "num_of_clients": 1000, "clients_per_round": 10,
    "num_of_rounds": 100, "batch_size": 10, "optimizer": "sgd", "learning_rate": 0.03, "training_subset_fraction": 1.0,
    "partitioning_strategy": "pathological", "partitioning_params": {"num_classes_per_partition": 2},
}  # fmt: skip
WANTED_COLD_CPU, WANTED_WARM_WALL = 5, 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=["mnist6k", "digits", "warm", "flute"])
    parser.add_argument("--one", nargs=2, metavar=("CASE", "PLACE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        case, place = arguments.one
        print(json.dumps(run(FLUTE if case == "flute" else CASES[case], Path(place))))
        return
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        make_data(place)
        walls: dict[str, list[float]] = {}
        for case in CASES:
            if case in arguments.only:
                walls[case] = compare(case, place, arguments.repetitions)
        if "warm" in arguments.only:
            warm(place, arguments.repetitions, walls)
        if "flute" in arguments.only:
            flute(arguments.repetitions)


# --- our engine ---


def run(config: dict[str, Any], place: Path) -> dict[str, Any]:
    """One run in this process: test accuracy, wall and CPU from here on."""
    from quintant.config import parse
    from quintant.lab import Answer, Event
    from quintant.labs.federated import LAB
    from quintant.labs.federated.datasets import data_files
    from quintant.labs.federated.engine import FederatedEngine

    began, cpu = time.perf_counter(), time.process_time()
    parsed = parse(LAB.config, config)
    engine = FederatedEngine()
    state = engine.init(parsed, LAB.seeded(parsed, ROOT))
    answers: list[Answer] = []
    told: list[Event] = []
    while not (step := engine.step(state, answers)).done:
        told += step.events
        answers = [Answer(ask.id, data_files(place, ask.payload["keyword"])) for ask in step.asks]
    accuracy = engine.result(state).metrics["test_accuracy"].value
    return {"accuracy": accuracy, "wall_s": time.perf_counter() - began, "cpu_s": time.process_time() - cpu}


def datasets() -> Path:
    from quintant.labs.federated.commands import place

    return place()


def make_data(place: Path) -> None:
    """The two data sets as .npz of our engine, and for the peer: shards, batch orders and initial weights of root 1."""
    from quintant.labs.federated.engine.data import idx, packaged

    (place / "mnist").symlink_to(datasets() / "mnist")
    mnist = idx.load(place / "mnist", "MNIST", packaged.DIGITS, {})
    rows = np.random.Generator(np.random.PCG64(0)).permutation(60_000)[:6000]
    save(
        place / "bench-mnist6k.npz",
        mnist.inputs[rows, 0],
        mnist.labels[rows],
        mnist.test_inputs[:1000, 0],
        mnist.test_labels[:1000],
    )
    digits = packaged.digits()
    images = np.concatenate([digits.inputs, digits.test_inputs])[:, 0] * 15
    labels = np.concatenate([digits.labels, digits.test_labels])
    save(place / "bench-digits.npz", images[:1440], labels[:1440], images[1440:], labels[1440:])
    for case in CASES:
        make_peer_data(case, place)


def save(path: Path, images: Any, labels: Any, test_images: Any, test_labels: Any) -> None:
    np.savez(path, train_images=images.astype(np.uint8), train_labels=labels, test_images=test_images.astype(np.uint8),
             test_labels=test_labels)  # fmt: skip


def make_peer_data(case: str, place: Path) -> None:
    import torch

    from quintant.config import parse
    from quintant.labs.federated import LAB
    from quintant.labs.federated.datasets import data_files
    from quintant.labs.federated.engine import data
    from quintant.labs.federated.engine.federation import Federation
    from quintant.labs.federated.engine.models import network
    from quintant.labs.federated.engine.strategy import Strategy

    config = parse(LAB.config, CASES[case])
    plan, streams = config.plans[0], LAB.seeded(config, ROOT)
    dataset = data.load(plan, data_files(place, plan.dataset_keyword))
    rng = np.random.Generator(np.random.PCG64(streams["partition"]))
    federation = Federation(plan, dataset, rng, torch.device("cpu"))
    net = network(plan, dataset)
    strategy = Strategy(0, plan, federation, net, streams)
    views = [view[0] for view in net.views(torch.from_numpy(strategy.weights)[None])]
    initial = [view.T if parameter.name.startswith("dense") and view.ndim == 2 else view
               for parameter, view in zip(net.trained, views, strict=True)]  # fmt: skip
    n, count = plan.num_of_clients, len(federation.train[0])
    orders = [
        [np.random.Generator(np.random.PCG64(strategy._seed("training", id, round))).permutation(count) for id in range(n)]
        for round in range(1, plan.num_of_rounds + 1)
    ]
    owner = federation.validation_owner
    np.savez(
        place / f"peer-{case}.npz", kernel=views[0].shape[-1], padding=net.plan.padding, width=views[4].shape[0],
        inputs=np.stack([federation.own(id).inputs.numpy() for id in range(n)]),
        labels=np.stack([federation.own(id).labels.numpy() for id in range(n)]),
        val_inputs=np.stack([federation.validation.inputs.numpy()[owner == id] for id in range(n)]),
        val_labels=np.stack([federation.validation.labels.numpy()[owner == id] for id in range(n)]),
        test_inputs=federation.test.inputs.numpy(), test_labels=federation.test.labels.numpy(), orders=np.array(orders),
        **{f"initial_{index}": array.numpy() for index, array in enumerate(initial)},
    )  # fmt: skip


# --- side by side ---


def measured(command: list[str]) -> tuple[float, float, str]:
    """Wall and CPU seconds of a process with everything it starts, and the last line it printed.

    Ray's daemons leave their parent and do not account for their own children, so the tree is watched four times a second:
    every process counts with what it had used when it was last seen, which leaves out at most its last quarter of a second.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    used: dict[tuple[int, float], float] = {}
    finished = 0.0
    while alive := psutil.Process().children(recursive=True):
        for child in alive:
            with contextlib.suppress(psutil.Error, ChildProcessError):
                times = child.cpu_times()
                used[child.pid, child.create_time()] = times.user + times.system
                if child.pid != process.pid and child.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(child.pid, os.WNOHANG)
        if not finished and process.poll() is not None:
            finished = time.perf_counter() - began
        time.sleep(0.25)
    printed = process.stdout.read() if process.stdout else ""
    if process.wait():
        raise SystemExit(f"{' '.join(command[:3])} failed with exit code {process.returncode}")
    lines = printed.strip().splitlines()
    return finished or time.perf_counter() - began, sum(used.values()), lines[-1] if lines else ""


def compare(case: str, place: Path, repetitions: int) -> list[float]:
    """Prints both engines' cold medians; the peer's wall seconds."""
    ours, theirs, accuracies = [], [], {}
    out = place / "out.json"
    for _ in range(repetitions):
        wall, cpu, line = measured([sys.executable, __file__, "--one", case, str(place)])
        ours.append((wall, cpu))
        accuracies["quintant"] = json.loads(line)["accuracy"]
        if PEER.exists():
            wall, cpu, _ = measured([str(PEER), str(HERE / "federated_flower.py"), str(place / f"peer-{case}.npz"), str(out)])
            theirs.append((wall, cpu))
            accuracies["flower"] = json.loads(out.read_text())["accuracy"]
    tell(f"{case} cold  quintant", ours, accuracies["quintant"])
    if not theirs:
        print(f"{case} cold  flower     left out: {PEER} is not there")
        return []
    tell(f"{case} cold  flower  ", theirs, accuracies["flower"])
    cpu = median(theirs, 1) / median(ours, 1)
    met = "met" if cpu >= WANTED_COLD_CPU or case != "mnist6k" else "MISSED"
    wanted = f"   wanted {WANTED_COLD_CPU}x CPU: {met}" if case == "mnist6k" else ""
    print(f"{case} cold  ratio      {median(theirs, 0) / median(ours, 0):.1f}x wall, {cpu:.1f}x CPU{wanted}")
    return [wall for wall, _ in theirs]


def warm(place: Path, repetitions: int, walls: dict[str, list[float]]) -> None:
    for case in CASES:
        run(CASES[case], place)
        runs = [run(CASES[case], place) for _ in range(max(repetitions, 3))]
        values = [(one["wall_s"], one["cpu_s"]) for one in runs]
        tell(f"{case} warm  quintant", values, runs[-1]["accuracy"])
        if walls.get(case):
            ratio = statistics.median(walls[case]) / median(values, 0)
            met = "met" if ratio >= WANTED_WARM_WALL else "MISSED"
            wanted = f"   wanted {WANTED_WARM_WALL}x: {met}" if case == "digits" else ""
            print(f"{case} warm  against Flower cold: {ratio:.0f}x wall{wanted}")


def flute(repetitions: int) -> None:
    place = datasets()
    values, accuracy = [], 0.0
    for _ in range(repetitions):
        wall, cpu, line = measured([sys.executable, __file__, "--one", "flute", str(place)])
        values.append((wall, cpu))
        accuracy = json.loads(line)["accuracy"]
    tell("FLUTE LR_MNIST cold  quintant", values, accuracy)
    print("FLUTE LR_MNIST  published: FLUTE 1:35, FedML 3:09 (accuracy about 0.81); on CPU FLUTE 3:20, Flower 30:14")


def tell(what: str, values: list[tuple[float, float]], accuracy: float) -> None:
    walls, cpus = sorted(value[0] for value in values), sorted(value[1] for value in values)
    wall = f"wall {statistics.median(walls):6.2f} s ({walls[0]:.2f}-{walls[-1]:.2f})"
    cpu = f"CPU {statistics.median(cpus):6.2f} s ({cpus[0]:.2f}-{cpus[-1]:.2f})"
    print(f"{what}   {wall}   {cpu}   test accuracy {accuracy:.4f}", flush=True)


def median(values: list[tuple[float, float]], place: int) -> float:
    return statistics.median(value[place] for value in values)


if __name__ == "__main__":
    main()
