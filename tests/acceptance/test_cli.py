"""`quintant` without a server: it executes in-process into the store of the data folder."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import sqlite3

import pytest
from quintant_command import SLOW, Answer, Command

from quintant.cli import call as quintant_call


@pytest.fixture(scope="module")
def quintant(tmp_path_factory) -> Command:
    return Command(tmp_path_factory.mktemp("cli"), {})


@pytest.fixture(scope="module")
def done(quintant) -> dict:
    """The summary of one completed run."""
    return quintant("run", "toy", "--fresh", "--json").lines[-1]["payload"]


@pytest.fixture
def here(quintant, monkeypatch, capsys):
    """The same without a process of its own, for what starts nothing."""
    for name, value in quintant.environment.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        code = quintant_call(arguments)
        told = capsys.readouterr()
        return Answer(code, told.out, told.err)

    return call


def test_a_run_tells_its_headline_beside_the_published_number(quintant):
    lines = quintant("run", "toy", "--seeds", "3").out.splitlines()
    assert lines[0].startswith("toy · fair · 3 seeds   sweep ")
    assert any(line.startswith("done in ") for line in lines)
    told = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line.startswith("  ")}
    assert told["heads"] == "51.4 %  [48.8, 54.0]   95 % CI, n = 3"
    assert told["published"] == "50 ± 10 %   within ✓"
    sweep = lines[0].split()[-1]
    assert told["again"] == f"quintant run toy --like {sweep}"
    assert told["verify"] == f"quintant verify {sweep}"
    assert "\x1b" not in "".join(lines), "a pipe gets plain text"


def test_a_changed_run_is_not_held_against_the_published_number(quintant):
    told = quintant("run", "toy", "--set", "bias=0.9", "--json").lines[-1]["payload"]
    assert told["published"] == []
    assert told["points"][0]["value"] == pytest.approx(0.9, abs=0.05)


def test_json_is_one_event_a_line_in_order_and_ends_with_a_summary(quintant):
    *events, summary = quintant("run", "toy", "--seeds", "2", "--json").lines
    assert summary["kind"] == "summary"
    runs = summary["payload"]["runs"]
    assert len(runs) == 2
    for run in runs:
        own = [event for event in events if event["run"] == run]
        assert [event["seq"] for event in own] == list(range(1, len(own) + 1)), "gap-free, in order, nothing twice"
        assert own[0]["kind"] == "created"
        assert (own[-1]["kind"], own[-1]["payload"]["to"]) == ("state", "completed")
        assert sum(event["kind"] == "tossed" for event in own) == 5
        assert all(set(event) == {"run", "seq", "at", "kind", "payload"} for event in own)


def test_a_sweep_has_a_row_for_each_point(quintant):
    lines = quintant("run", "toy", "--sweep", "bias=0.2:0.8:0.3", "--seeds", "3", "--set", "steps=2").out.splitlines()
    rows = [line.split() for line in lines if line.endswith("n = 3")]
    assert [row[0] for row in rows] == ["0.2", "0.5", "0.8"]
    assert lines[0].startswith("toy · fair steps=2 bias=0.2:0.8:0.3 · 3 points · 3 seeds   sweep ")


def test_the_stored_run_is_listed_and_shown(here, done):
    [run_id] = done["runs"]
    assert run_id in here("list").out
    assert run_id in [row["id"] for row in here("list", "--lab", "toy", "--state", "completed", "--json").json["runs"]]
    assert here("list", "--state", "failed", "--text", "nothing-is-called-so").out == "No run matches.\n"
    shown = here("show", run_id[:8]).out
    for words in ("● completed", "heads_share", "config (0 of 8 differ", "run.log", f"quintant verify {run_id}"):
        assert words in shown
    whole = here("show", run_id, "--json").json
    assert whole["metrics"]["heads"]["unit"] == "tosses"
    assert whole["config"]["tosses_per_step"] == 100


def test_replicates_are_one_row_with_a_mean_over_all_of_them(quintant, here):
    sweep = quintant("run", "toy", "--seeds", "3", "--name", "folded", "--json").lines[-1]["payload"]
    [row] = [line for line in here("list", "--text", "folded").out.splitlines() if sweep["sweep"] in line]
    assert "heads 51.4 %  [48.8, 54.0]  n = 3" in row and "● completed" in row
    assert row in here("list", "--text", "folded", "--limit", "1").out.splitlines(), "the limit does not change a mean"
    each = here("list", "--text", "folded", "--each").out
    assert all(run in each for run in sweep["runs"])
    assert row in here("list", "--where", "folded heads_share>40% not state:failed", "--sort=-metric:heads").out.splitlines()
    assert here("list", "--where", "folded heads_share<40%").out == "No run matches.\n"
    shown = here("list", "--where", "folded", "--columns", "config:bias,metric:heads").out.splitlines()
    assert shown[0].split()[-3:] == ["bias", "heads", "when"] and " 0.5 " in shown[1] and "tosses" in shown[1]
    wrong = here("list", "--where", "folded haeds_share>40%")
    assert (
        wrong.code == 2
        and "'haeds_share' is neither a key nor a metric. At character 8. Did you mean 'heads_share'?" in wrong.err
    )
    assert (
        here("annotate", sweep["sweep"], "--tag", "fig 3", "--note", "as printed").out
        == f"{sweep['sweep']}  3 runs annotated\n"
    )
    assert sweep["sweep"] in here("list", "--where", "tag:'fig 3'", "--sweeps").out
    assert len(here("list", "--where", "tag:'fig 3'", "--json").json["runs"]) == 3
    assert here("annotate", sweep["sweep"]).code == 2
    assert here("rm", sweep["sweep"], "--yes").out.splitlines() == [f"deleted {run}" for run in sweep["runs"]]
    assert here("show", sweep["sweep"]).code == 2


def test_verify_executes_again_and_compares(quintant, done):
    [run_id] = done["runs"]
    told = quintant("verify", run_id).out
    assert told.startswith("identical   config ✓   result sha256:")


def test_verify_says_what_differs_first(quintant):
    """A stored result that was changed is found, with exit code 1: what is shown of a run is read from it."""
    [run_id] = quintant("run", "toy", "--fresh", "--json").lines[-1]["payload"]["runs"]
    result = quintant.data_dir / "runs" / run_id / "result.json"
    changed = json.loads(result.read_text())
    changed["metrics"]["heads"]["value"] += 1
    result.write_text(json.dumps(changed))
    lines = quintant("verify", run_id, code=1).out.splitlines()
    assert lines[0].startswith("different   config ✓   result sha256:")
    assert lines[1].split(maxsplit=1) == [
        "first", f"stored result of run {run_id}: its files are not what was recorded when it completed",
    ]  # fmt: skip
    assert lines[2].strip() == "metric heads: 256 and 255"


def test_verify_finds_another_result(quintant):
    """The hashes of another result were recorded, as another machine or another version would have done."""
    [run_id] = quintant("run", "toy", "--json").lines[-1]["payload"]["runs"]
    with sqlite3.connect(quintant.data_dir / "quintant.db") as store:
        changed = store.execute("UPDATE runs SET result_hash = 'x', exact_hash = 'x' WHERE id = ?", (run_id,))
        assert changed.rowcount == 1
    answer = quintant("verify", run_id, code=1)
    assert answer.out.startswith("different   config ✓   result sha256:") and "✗" in answer.out.splitlines()[0]


def test_like_runs_the_same_again_with_the_same_result(quintant, here, done):
    [run_id] = done["runs"]
    again = quintant("run", "toy", "--like", run_id[:8], "--fresh", "--json").lines[-1]["payload"]["runs"][0]
    first, second = (here("show", one, "--json").json for one in (run_id, again))
    assert first["result_hash"] == second["result_hash"]
    compared = here("compare", run_id, again, "--json").json
    assert compared["differs"] == {}
    changed = quintant("run", "toy", "--like", run_id, "--set", "bias=0.1", "--json").lines[-1]["payload"]["runs"][0]
    assert here("compare", run_id, changed, "--json").json["differs"] == {"bias": [0.5, 0.1]}


def test_sweeps_and_points_are_compared_over_common_seeds(quintant, here):
    few, many = (
        quintant(
            "run", "toy", "--sweep", "bias=0.2,0.8", "--seeds", "3", "--set", f"steps={steps}", "--name", name, "--json"
        ).lines[-1]["payload"]["sweep"]
        for name, steps in (("few", 3), ("many", 30))
    )
    lines = here("compare", few, many).out.splitlines()
    assert lines[0].startswith("At bias ") and "many: heads " in lines[0]
    assert any(line.split() == ["steps", "3", "30"] for line in lines)
    assert [line.split()[:2] for line in lines if line.startswith("bias ")] == [["bias", "0.2"], ["bias", "0.8"]]
    assert here("compare", few, many, "--baseline", many, "--json").json["baseline"] == many
    key = here("compare", few, many, "--json").json["series"][0]["key"]
    assert key == few and here("compare", few[:8], f"{many[:8]}.999", "--json").code == 2, "there is no such point"
    assert here("compare", few).code == 2 and here("compare", few, many, "--baseline", "0" * 12).code == 2


def test_the_log_of_a_run_is_printed_followed_and_searched(quintant, here, done):
    [run_id] = done["runs"]
    lines = here("log", run_id).out.splitlines()
    assert lines[-1].endswith("is completed") and here("log", run_id, "-n", "1").out.splitlines() == lines[-1:]
    assert here("log", run_id[:8], "-f", "-n", "0").out.splitlines() == lines
    assert here("log", run_id, "--search", "COMPLETED", "--json").json["text"].endswith("is completed")
    assert here("log", run_id, "--level", "error").out == ""
    assert here("log", run_id, "--level", "loud").code == 2
    assert here("labs", "spiking").out.startswith("# Spiking networks") and here("labs", "spikng").code == 2


def test_like_repeats_a_whole_sweep(quintant):
    first = quintant("run", "toy", "--sweep", "bias=0.2,0.8", "--seeds", "2", "--set", "steps=3", "--json").lines[-1]["payload"]
    again = quintant("run", "toy", "--like", first["sweep"], "--json").lines[-1]["payload"]
    assert again["points"] == first["points"]
    assert [point["point"] for point in again["points"]] == [{"bias": 0.2}, {"bias": 0.8}]


def test_export_writes_everything_and_a_manifest_that_is_true(here, done, tmp_path):
    [run_id] = done["runs"]
    assert here("export", run_id, "--tables", "csv,parquet", "--to", str(tmp_path)).code == 0
    folder = tmp_path / run_id
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = {one["path"]: one for one in manifest["files"]}
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {*listed, "manifest.json"}
    assert {
        "config.json", "record.json", "result.json", "run.log", "coin.txt", "tables/steps.arrow", "tables/steps.csv",
        "tables/steps.parquet", "documents/coin.json",
    } <= written  # fmt: skip
    for path, one in listed.items():
        data = (folder / path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one["size"], one["sha256"])
    assert manifest["skipped"] == {}
    assert (folder / "tables/steps.csv").read_text().splitlines()[0] == '"step","heads"'


def test_export_refuses_a_file_that_is_not_what_was_recorded(quintant, tmp_path):
    [run_id] = quintant("run", "toy", "--json").lines[-1]["payload"]["runs"]
    (quintant.data_dir / "runs" / run_id / "coin.txt").write_text("tampered\n")
    answer = quintant("export", run_id, "--to", str(tmp_path), code=1)
    assert "coin.txt" in answer.err and "was changed after it was recorded" in answer.err
    assert not (tmp_path / run_id / "manifest.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "toy", "--set", "biass=2"],
         "error: biass is not a parameter of toy. Did you mean bias?\n       See: quintant explain toy bias\n"),
        (["run", "toy", "--set", "bias=2"], "error: bias: must be at most 1; got 2.\n       See: quintant explain toy bias\n"),
        (["run", "toy", "--set", "bias"], "error: --set: must read --set key=value; got 'bias'.\n"),
        (["run", "toy", "--set", "steps=2.5"], "error: steps: must be"),
        (["run", "toy", "--sweep", "bias=0:1:0.3"],
         "error: --sweep bias: steps of 0.3 from 0 do not meet 1. They meet 0.9 and 1.2.\n"),
        (["run", "toy", "--sweep", "bias=0.5,2"], "error: bias: must be at most 1; got 2."),
        (["run", "toy", "--sweep", "misbehave_at=1,2"],
         "error: sweep.misbehave_at is read only when misbehave is not no, and misbehave is no: "
         "no point of the sweep reads it.\n       See: quintant explain toy misbehave_at\n"),
        (["run", "tooy"], "error: Lab not found: tooy. Did you mean 'toy'?\n"),
        (["run", "toy", "--preset", "fairr"], "error: Preset not found: fairr of toy. Did you mean 'fair'?\n"),
        (["run", "toy", "--like", "zzzz"], "error: Run or sweep not found: zzzz."),
        (["run", "toy", "--zzz"], "error: no such option: --zzz\n       See: quintant run --help\n"),
        (["show", "zzzz"], "error: Run or sweep not found: zzzz. quintant list shows what there is.\n"),
        (["list", "--sort", "colour"], "error: sort: must be one of"),
        (["export", "zzzz", "--figures", "gif"],
         "error: --figures: must be among svg, png, pdf, html, json or none; got 'gif'.\n"),
        (["explain", "toy", "bia"], "error: Parameter not found: bia of toy. Did you mean 'bias'?\n"),
        (["frobnicate"], "error: no such command 'frobnicate'.\n"),
        (["toy", "grow"], "error: no such command 'toy'."),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_exit_code_2_and_creates_nothing(quintant, done, here, arguments, words):
    held = set((quintant.data_dir / "runs").iterdir())
    answer = here(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(words)
    assert set((quintant.data_dir / "runs").iterdir()) == held


def test_a_refusal_leaves_the_process_with_its_code(quintant):
    answer = quintant("run", "toy", "--set", "biass=2", code=2)
    assert answer.err.startswith("error: biass is not a parameter of toy. Did you mean bias?")


def test_a_failed_run_says_why_with_exit_code_1(quintant):
    answer = quintant("run", "toy", "--set", "misbehave=raise", code=1)
    assert "ZeroDivisionError: the coin stands on its edge" in answer.out
    assert "again" not in answer.out


def test_no_server_is_exit_code_3(here):
    answer = here("list", "--url", "http://127.0.0.1:9")
    assert answer.code == 3 and answer.err.startswith("error: No server answers at http://127.0.0.1:9")
    answer = here("run", "toy", "--detach")
    assert answer.code == 3 and "--detach leaves the run to a server" in answer.err
    answer = here("list", "--url", "http://x", "--data-dir", "x")
    assert answer.code == 2 and "exclude each other" in answer.err


def test_a_warning_of_the_config_is_told(quintant):
    assert quintant("run", "toy", "--set", "bias=1").err == "warning: bias: 1 leaves nothing to chance.\n"


def test_a_key_without_effect_is_told_even_at_its_default(quintant, here):
    told = "warning: misbehave_at is read only when misbehave is not no, and misbehave is no: it has no effect here.\n"
    answer = quintant("run", "toy", "--set", "misbehave_at=1", "--json")
    assert answer.err == told
    again = quintant("run", "toy", "--like", answer.lines[0]["run"])
    assert again.err == "", "what stands in a stored config was not set by hand"
    assert "  read only when misbehave is not no" in here("explain", "toy", "misbehave_at").out.splitlines()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_cancels_the_runs_and_says_so(tmp_path, number):
    quintant = Command(tmp_path, {})
    process = quintant.start("run", "toy", "--seeds", "3", *SLOW, "--json")
    assert process.stdout is not None
    while json.loads(process.stdout.readline())["kind"] != "tossed":
        pass
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == "stopping …\ninterrupted: 3 runs cancelled, 0 had ended\n"
    assert {row["state"] for row in quintant("list", "--json").json["runs"]} == {"cancelled"}


def test_a_reader_that_goes_away_stops_the_run(tmp_path):
    quintant = Command(tmp_path, {})
    process = quintant.start("run", "toy", *SLOW, "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) != 0
    assert "Traceback" not in process.stderr.read()  # type: ignore[union-attr]
    assert [row["state"] for row in quintant("list", "--json").json["runs"]] == ["cancelled"]


def test_rm_asks_first_and_deletes_only_what_has_ended(quintant, here, monkeypatch):
    [run_id] = quintant("run", "toy", "--json").lines[-1]["payload"]["runs"]
    folder = quintant.data_dir / "runs" / run_id
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    answer = here("rm", run_id)
    assert answer.code == 2 and "no terminal to ask at" in answer.err
    assert folder.is_dir()
    assert here("rm", run_id, "--yes").out == f"deleted {run_id}\n"
    assert not folder.exists()
    assert "not found" in here("show", run_id).err


def test_another_process_can_look_at_and_stop_a_run(tmp_path):
    quintant = Command(tmp_path, {})
    process = quintant.start("run", "toy", *SLOW, "--json")
    assert process.stdout is not None
    while (event := json.loads(process.stdout.readline()))["kind"] != "tossed":
        pass
    assert "running" in quintant("list").out
    assert "first" in quintant("rm", event["run"], "--yes", code=2).err.lower()
    assert quintant("stop", event["run"]).out == f"{event['run']}  ■ cancelled\n"
    process.communicate(timeout=20)
    assert process.returncode == 1


def test_labs_explain_settings_and_warm(here):
    assert "toy  A biased coin   ready" in here("labs").out
    assert here("explain", "toy", "bias").out == "bias  Probability of heads.\n  default 0.5, number, range 0 – 1\n"
    assert " • bias" in here("explain", "toy").out
    assert "QUINTANT_DATA_DIR" in here("settings").out
    assert here("warm", "toy").out == "toy  nothing to compile\n"
    assert here("--version").out.startswith("quintant ")


def test_a_sweep_over_tied_keys_and_lines_of_a_file_is_retried_where_it_failed_and_done_again_alike(quintant, tmp_path):
    (tmp_path / "points.csv").write_text("misbehave,misbehave_at\nno,0\nraise,1\n")
    spare = tmp_path / "spare"
    asked = ("--points", str(tmp_path / "points.csv"), "--sweep", "bias,tosses_per_step=0.2,0.4;10,20", "--seeds", "7,11")
    *_, summary = quintant("run", "toy", *asked, "--set", "steps=2", "--set", f"spare={spare}", "--json", code=1).lines
    told = summary["payload"]
    assert told["states"] == {"completed": 4, "failed": 4}
    shown = quintant("show", told["sweep"], "--json").json
    assert sorted(shown["tied"]) == [["bias", "tosses_per_step"], ["misbehave", "misbehave_at"]]
    assert [run["root_seed"] for run in shown["runs"]] == [7, 11] * 4
    spare.write_text("")
    lines = quintant("retry", told["sweep"][:8]).out.splitlines()
    assert lines[4] == f"sweep {told['sweep']}: retry asked of 4 of 8 runs; left out: 4 completed"
    after = quintant("show", told["sweep"], "--json").json["runs"]
    assert {run["state"] for run in after} == {"completed"}
    kept = [run["id"] for run in shown["runs"] if run["state"] == "completed"]
    assert [run["id"] for run in after if run["id"] in kept] == kept, "nothing that was completed has run again"
    assert [run["point"] for run in after] == [run["point"] for run in shown["runs"]]
    again = quintant("run", "toy", "--like", told["sweep"], "--json").lines[-1]["payload"]["sweep"]
    alike = quintant("show", again, "--json").json["runs"]
    assert [run["config_hash"] for run in alike] == [run["config_hash"] for run in after]
    assert [run["result_hash"] for run in alike] == [run["result_hash"] for run in after]
