"""What an editor completes and mypy refuses: the keys of each built-in lab, as the stub has them from the schemas."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

from quintant import session
from quintant.client import Client

RIGHT = """
import quintant

quintant.run("spiking", tau_gaba_ms=9, neuron_model="lif", seeds=1)
quintant.run("optical", load_erlang=230.0, sweep={"k_paths": [3, 5]}, until="blocking+-5%", fresh=True)
quintant.run("chip", timesteps=500)
quintant.run("federated", num_of_rounds=3, optimizer=None)
quintant.run("persona", condition="STRESS", seeds=[7, 11])
quintant.run("a lab of one's own", config={"steps": 3})
"""
WRONG = {
    'quintant.run("spiking", tau_gabba_ms=9)': "tau_gaba_ms",
    'quintant.run("spiking", neuron_model="liff")': "No overload",
    'quintant.run("optical", load_erlang="many")': "No overload",
    'quintant.run("federated", load_erlang=3)': "No overload",
}


def test_mypy_takes_what_a_lab_has_and_refuses_the_rest(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(RIGHT)
    wrong.write_text("\n".join(["import quintant", *WRONG]))
    command = [sys.executable, "-m", "mypy", "--config-file=", f"--cache-dir={tmp_path}", "--follow-imports=silent"]
    said = subprocess.run([*command, right, wrong], capture_output=True, text=True).stdout
    faults: dict[int, str] = {}
    for name, line, text in re.findall(r"(\w+)\.py:(\d+): error: (.*)", said):
        assert name == "wrong", said
        faults[int(line)] = faults.get(int(line), "") + text
    assert sorted(faults) == [2, 3, 4, 5], said
    assert all(sign in faults[line] for line, sign in enumerate(WRONG.values(), start=2)), faults


def test_the_function_takes_what_the_clients_method_takes() -> None:
    """Without a server nothing is missing: an option that only one of them knew would become a key of the config."""
    method, function = (set(inspect.signature(call).parameters) for call in (Client.run, session.run))
    assert method - {"self"} == function - {"keys"}
