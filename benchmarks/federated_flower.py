"""FedAvg in Flower's own simulation engine: the peer of benchmarks/federated.py, run by it in a venv of its own.

python federated_flower.py DATA.npz OUT.json      (flwr[simulation]==1.41.0, torch, numpy)

A ClientApp trains a plain PyTorch module with torch.optim.Adam over one epoch, as Flower's PyTorch quickstart does; ServerApp
with FedAvg. Batches come in the order that DATA.npz prescribes, so that both engines compute the same thing.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from flwr.client import ClientApp, NumPyClient
from flwr.common import Context, ndarrays_to_parameters
from flwr.server import ServerApp, ServerAppComponents, ServerConfig
from flwr.server.strategy import FedAvg
from flwr.simulation import run_simulation
from torch import nn
from torch.nn.functional import cross_entropy

DATA, OUT = sys.argv[1], sys.argv[2]


class Net(nn.Module):
    def __init__(self, kernel: int, padding: int, width: int) -> None:
        super().__init__()
        self.conv0, self.conv1 = nn.Conv2d(1, 6, kernel, padding=padding), nn.Conv2d(6, 16, kernel, padding=padding)
        self.dense0, self.dense1, self.dense2 = nn.Linear(width, 64), nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv in (self.conv0, self.conv1):
            x = nn.functional.max_pool2d(torch.relu(conv(x)), 2)
        x = torch.relu(self.dense0(x.flatten(1)))
        return self.dense2(torch.relu(self.dense1(x)))


def load() -> dict[str, np.ndarray]:
    with np.load(DATA) as archive:
        return {name: archive[name] for name in archive.files}


def net(data: dict[str, np.ndarray]) -> Net:
    made = Net(int(data["kernel"]), int(data["padding"]), int(data["width"]))
    put(made, [data[f"initial_{index}"] for index in range(10)])
    return made


def put(made: Net, arrays: list[np.ndarray]) -> None:
    made.load_state_dict(
        {name: torch.from_numpy(np.array(array)) for name, array in zip(made.state_dict(), arrays, strict=True)}
    )


def taken(made: Net) -> list[np.ndarray]:
    return [tensor.detach().numpy() for tensor in made.state_dict().values()]


class Client(NumPyClient):
    def __init__(self, id: int) -> None:
        torch.set_num_threads(1)
        self.id, self.data = id, load()
        self.net = net(self.data)

    def fit(self, parameters, config):
        put(self.net, parameters)
        x, y = torch.from_numpy(self.data["inputs"][self.id]), torch.from_numpy(self.data["labels"][self.id])
        optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-3)
        order = torch.from_numpy(self.data["orders"][config["round"] - 1, self.id])
        for begin in range(0, len(order), 32):
            rows = order[begin : begin + 32]
            optimizer.zero_grad()
            cross_entropy(self.net(x[rows]), y[rows]).backward()
            optimizer.step()
        return taken(self.net), len(y), {}

    def evaluate(self, parameters, config):
        put(self.net, parameters)
        x, y = torch.from_numpy(self.data["val_inputs"][self.id]), torch.from_numpy(self.data["val_labels"][self.id])
        with torch.no_grad():
            logits = self.net(x)
        return float(cross_entropy(logits, y)), len(y), {"accuracy": float((logits.argmax(1) == y).float().mean())}


def server(context: Context) -> ServerAppComponents:
    torch.set_num_threads(1)
    data = load()
    judge = net(data)
    x, y = torch.from_numpy(data["test_inputs"]), torch.from_numpy(data["test_labels"])

    def evaluate(round, parameters, config):
        put(judge, parameters)
        with torch.no_grad():
            logits = judge(x)
        told["accuracy"], told["at"] = float((logits.argmax(1) == y).float().mean()), time.perf_counter()
        told.setdefault("began", told["at"])
        return float(cross_entropy(logits, y)), {"accuracy": told["accuracy"]}

    clients = len(data["inputs"])
    strategy = FedAvg(
        min_fit_clients=clients, min_evaluate_clients=clients, min_available_clients=clients, evaluate_fn=evaluate,
        on_fit_config_fn=lambda round: {"round": round}, initial_parameters=ndarrays_to_parameters(taken(judge)),
    )  # fmt: skip
    return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=len(data["orders"])))


told: dict[str, float] = {}

if __name__ == "__main__":
    clients = len(load()["inputs"])
    run_simulation(
        server_app=ServerApp(server_fn=server),
        client_app=ClientApp(client_fn=lambda context: Client(int(context.node_config["partition-id"])).to_client()),
        num_supernodes=clients,
        backend_config={"client_resources": {"num_cpus": 1, "num_gpus": 0}, "init_args": {"num_cpus": 2}},
    )
    with Path(OUT).open("w") as file:
        json.dump({"accuracy": told["accuracy"], "rounds_s": told["at"] - told["began"]}, file)
