"""Files of one's own over HTTP: what they set can be run; what does not read is refused; nothing lies under their names."""

from __future__ import annotations

import io

import numpy as np
import pytest
from starlette.testclient import TestClient

from quintant import registry
from quintant.config import json_schema, parse
from quintant.config.key import keys_of
from quintant.lab import load

V2 = "/api/v2"
GRAPHML = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="l" for="edge" attr.name="length_km" attr.type="double"/>
<graph edgedefault="undirected"><node id="a"/><node id="b"/><node id="c"/>
<edge source="a" target="b"><data key="l">100</data></edge>
<edge source="b" target="c"><data key="l">250</data></edge></graph></graphml>"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    from quintant.settings import Settings

    return Settings(
        data_dir=tmp_path_factory.mktemp("data"), cache_dir=tmp_path_factory.mktemp("cache"), max_body_bytes=200_000
    )


def npz(**arrays) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


IMAGES = {
    "train_images": np.random.default_rng(1).integers(0, 255, (40, 8, 8), np.uint8), "train_labels": np.arange(40) % 2,
    "test_images": np.zeros((10, 8, 8), np.uint8), "test_labels": np.arange(10) % 2,
}  # fmt: skip
FILES = {
    ("optical", "topology", "mine.graphml"): (GRAPHML.encode(), "3 nodes, 2 links"),
    ("optical", "topology", "mine.JSON"): (
        b'{"name": "m", "nodes": [{"id": "a"}, {"id": "b"}], "links": [{"source": "a", "target": "b", "length_km": 5}]}',
        "m: 2 nodes, 1 links",
    ),
    ("spiking", "own_spikes", "s.csv"): (b"time_ms,neuron\n5,1\n2.5,0\n", "2 spikes into 2 neurons, 2.5 to 5 ms"),
    ("spiking", "own_current", "i.csv"): (b"time_ms,all\n0,0.5\n10,1\n", "2 values, one for all neurons"),
    ("federated", "dataset_keyword", "d.npz"): (npz(**IMAGES), "50 images of 8×8, 2 classes"),
    ("federated", "dataset_keyword", "t.csv"): (b"text,label\n" + b"good day,a\nbad day,b\n" * 20, "2 classes"),
}  # fmt: skip


def put(client: TestClient, lab: str, key: str, name: str, data: bytes):
    return client.put(f"{V2}/labs/{lab}/files/{key}/{name}", content=data, headers={"Content-Type": "application/octet-stream"})


@pytest.mark.parametrize(("where", "what"), FILES.items())
def test_a_file_sets_keys_that_the_lab_accepts(client: TestClient, settings, where, what) -> None:
    (lab, key, name), (data, says) = where, what
    answer = put(client, lab, key, name, data)
    assert answer.status_code == 200, answer.text
    read = answer.json()
    assert (read["key"], read["name"], read["size"]) == (key, name, len(data)) and says in read["says"]
    assert key in read["values"]
    texts = {"model_type": "transformer", "model_keyword": "tiny"} if name == "t.csv" else {}
    config = parse(registry.labs()[lab].config, {**read["values"], **texts})
    assert not [path for path in (*settings.data_dir.rglob("*"), *settings.cache.rglob("*")) if path.name == name]
    if lab == "federated":
        again = put(client, lab, key, f"other{name[1:]}", data).json()
        assert again["values"] == read["values"], "the same bytes are the same data set"
        [named] = load(registry.labs()[lab].outside)(config, settings.cache)
        assert named.place.is_relative_to(settings.cache) and named.place.stem.startswith("upload-")


def test_a_graph_becomes_a_network(client: TestClient) -> None:
    nir = pytest.importorskip("nir")
    weight = np.array([[1.0, 0.5]])
    graph = nir.NIRGraph(
        nodes={
            "input": nir.Input({"input": np.array([2])}), "fc": nir.Linear(weight),
            "if": nir.IF(r=np.ones(1), v_threshold=np.ones(1)), "output": nir.Output({"output": np.array([1])}),
        },
        edges=[("input", "fc"), ("fc", "if"), ("if", "output")],
    )  # fmt: skip
    sink = io.BytesIO()
    nir.write(sink, graph)
    read = put(client, "chip", "populations", "net.nir", sink.getvalue()).json()
    assert {"populations", "connections"} <= read["values"].keys() and "neurons in" in read["says"]
    parse(registry.labs()["chip"].config, read["values"])


@pytest.mark.parametrize(
    ("lab", "key", "name", "data", "status", "part"),
    [
        ("optical", "topology", "x.csv", b"", 422, ".graphml"),
        ("optical", "topology", "x.graphml", b"<graph", 422, "GraphML"),
        ("optical", "topology", ".graphml", b"", 422, "file name"),
        ("optical", "topology", "a%5Cb.json", b"{}", 422, "file name"),
        ("optical", "topology", "x%00.json", b"{}", 422, "file name"),
        ("optical", "topology", "x" * 201 + ".json", b"{}", 422, "200"),
        ("optical", "slots", "x.json", b"5", 404, "topology"),
        ("optical", "topolgy", "x.json", b"{}", 404, "topology"),
        ("nix", "topology", "x.json", b"{}", 404, "Offered"),
        ("spiking", "own_spikes", "s.csv", b"time,neuron\n1,1\n", 422, "time_ms"),
        ("spiking", "own_spikes", "s.arrow", b"no arrow", 422, "arrow"),
        ("federated", "dataset_keyword", "d.npz", b"PK", 422, "npz"),
        ("chip", "populations", "n.nir", b"no graph", 422, ""),
        ("spiking", "own_spikes", "s.csv", b"x" * 300_000, 413, "larger"),
    ],
)  # fmt: skip
def test_what_does_not_read_is_refused(client: TestClient, settings, lab, key, name, data, status, part) -> None:
    answer = put(client, lab, key, name, data)
    assert answer.status_code == status, answer.text
    assert part in answer.text and "/tmp" not in answer.text and "quintant-file" not in answer.text
    assert client.put(f"{V2}/labs/optical/files/topology/..%2F..%2Fx.json", content=b"{}").status_code in (404, 422)


@pytest.mark.parametrize("name", ["chip", "federated", "optical", "persona", "spiking"])
def test_the_schema_marks_the_keys_that_the_lab_reads_files_for(name: str) -> None:
    lab = registry.labs()[name]
    marked = {key for key, shown in json_schema(lab.config)["properties"].items() if "x-file" in shown}
    assert marked == set(lab.files) == {key for key, known in keys_of(lab.config).items() if known.files}
    assert all(callable(load(path)) for path in lab.files.values())
