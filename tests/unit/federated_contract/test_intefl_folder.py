"""The run directory: headers, words, numbers and names exactly as the contract has them."""

from __future__ import annotations

import csv
import io
import json
import math

import intefl_outcome as made
import numpy as np
import pytest

from quintant.lab import Event
from quintant.labs.federated import folder
from quintant.labs.federated.folder import columns, latex, snapshots, visuals
from quintant.labs.federated.folder.history import histories, number_of

SNAPSHOTS = [made.flipped(), made.triggered(), made.noisy(), made.replaced(), made.scaled()]


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode())))


@pytest.fixture(scope="module")
def entries():
    return folder.entries(made.outcome(snapshots=SNAPSHOTS))


def test_per_client_metrics_go_metric_by_metric_and_say_what_is_missing(entries):
    head, *body = rows(entries["csv/per_client_metrics_0.csv"]())
    metrics = ("removal_criterion", "absolute_distance", "loss", "accuracy", "aggregation_participation")
    assert head == ["round", *(f"client_{client}_{metric}_history" for metric in metrics for client in range(4))]
    assert [row[0] for row in body] == ["1", "2", "3", "4", "5", "6"]
    cell = dict(zip(head, body[0], strict=True))
    assert cell["client_3_loss_history"] == "not collected"
    assert cell["client_0_aggregation_participation_history"] == "1"
    assert dict(zip(head, body[1], strict=True))["client_0_aggregation_participation_history"] == "0"


def test_round_metrics_have_the_columns_of_removal_only_where_somebody_can_be_removed(entries):
    first = [
        "round", "score_calculation_time_nanos_history", "removal_threshold_history", "aggregated_loss_history",
        "average_accuracy_history", "average_accuracy_std_history",
    ]  # fmt: skip
    counts = ["tp_history", "tn_history", "fp_history", "fn_history"]
    rates = [f"removal_{name}_history" for name in ("accuracy", "precision", "recall", "f1")]
    assert rows(entries["csv/round_metrics_0.csv"]())[0] == [*first, *counts, *rates]
    assert rows(entries["csv/round_metrics_0.csv"]())[1][:3] == ["1", "1000", "not collected"]
    kept = {**made.BODY, "shared_settings": {**made.BODY["shared_settings"], "remove_clients": False}}
    without = folder.entries(made.outcome(kept))
    assert rows(without["csv/round_metrics_0.csv"]())[0] == first
    assert "csv/exec_stats_0.csv" not in without
    assert not any(path.startswith("removal_f1") for path in without)


def test_exec_stats_are_in_percent_from_the_first_round_of_removal_on(entries):
    head, cells = rows(entries["csv/exec_stats_0.csv"]())
    told = dict(zip(head, cells, strict=True))
    assert head[0] == "mean_average_accuracy_history"
    assert head[-1] == "mean_removal_f1_history"
    # rounds 2…6: accuracies 0.2…0.6, three of four participants benign and kept, the attacker out
    assert told["mean_average_accuracy_history"] == f"40.00 ± {100 * math.sqrt(0.02):.2f}"
    assert told["mean_tp_history"] == "75.00 ± 0.00"
    assert told["mean_tn_history"] == "25.00 ± 0.00"
    assert told["mean_fn_history"] == "0.00 ± 0.00"


def test_exec_stats_of_a_run_that_ended_before_removal_began_are_zero():
    told = rows(folder.entries(made.outcome(done=1))["csv/exec_stats_0.csv"]())
    assert set(told[1]) == {"0.00 ± 0.00"}


def test_plot_data_have_the_contracts_keys_over_all_rounds(entries):
    told = json.loads(entries["plot_data_1.json"]())
    assert told["strategy_number"] == 1
    assert told["rounds"] == [1, 2, 3, 4, 5, 6]
    assert told["removal_threshold_history"] == [None, 1.5, 1.5, 1.5, 1.5, 1.5]
    assert [(one["client_id"], one["is_malicious"]) for one in told["per_client_metrics"]] == [
        (0, True), (1, False), (2, False), (3, False),
    ]  # fmt: skip
    for one in told["per_client_metrics"]:
        assert {name: len(values) for name, values in one["metrics"].items()} == {
            "removal_criterion_history": 6, "absolute_distance_history": 6, "loss_history": 6, "accuracy_history": 6,
        }  # fmt: skip
    assert told["per_client_metrics"][3]["metrics"]["loss_history"][0] is None
    assert told["attack_phases"] == [{"start_round": 1, "end_round": 6, "attack_type": "label_flipping", "clients": [0]}]


def test_rounds_that_were_not_reached_are_null_not_left_out():
    told = json.loads(folder.entries(made.outcome(state="cancelled", done=2))["plot_data_0.json"]())
    assert told["per_client_metrics"][0]["metrics"]["accuracy_history"] == [0.1, 0.2, None, None, None, None]
    assert told["global"]["accuracy"][2:] == [None] * 4


def test_a_strategy_without_a_threshold_has_none():
    outcome = made.outcome()
    table = outcome.tables["rounds"]
    at = table.column_names.index("removal_threshold")
    import pyarrow as pa

    outcome.tables["rounds"] = table.set_column(at, "removal_threshold", pa.nulls(table.num_rows, pa.float64()))
    assert json.loads(folder.entries(outcome)["plot_data_0.json"]())["removal_threshold_history"] is None


@pytest.mark.parametrize(("value", "told"), [(math.nan, None), (math.inf, None), (True, 1), (False, 0), (None, None), (2, 2)])
def test_what_is_no_number_is_null(value, told):
    assert number_of(value) == told


def test_files_of_a_strategy_come_when_it_has_ended():
    at_work = made.outcome(state="running", events=[Event("strategy_ended", {"strategy": 0})])
    assert "plot_data_0.json" in folder.entries(at_work)
    assert "plot_data_1.json" not in folder.entries(at_work)
    assert "MANIFEST.json" not in folder.entries(at_work)
    assert list(folder.files(at_work)) == []


def test_what_the_request_does_not_want_is_not_made():
    without = folder.entries(made.outcome(output={"save_csv": False, "save_plots": False}))
    assert not [path for path in without if path.startswith(("csv/", "latex/")) or path.endswith(".pdf")]
    assert "plot_data_0.json" in without  # always


def test_what_is_written_are_the_texts():
    written = {file.path: file.data for file in folder.files(made.outcome(snapshots=SNAPSHOTS))}
    assert {"csv/round_metrics_1.csv", "latex/execution_stats_0.tex", "CITATION.bib", "MANIFEST.json"} <= set(written)
    assert not [path for path in written if path.endswith((".pdf", ".png"))]
    assert list(folder.files(made.outcome(state="running"))) == []


def test_latex_tells_round_one_every_fifth_and_the_last(entries):
    lines = entries["latex/round_metrics_0.tex"]().decode().splitlines()
    assert [line.partition(" ")[0] for line in lines if line[:1].isdigit()] == ["1", "5", "6"]
    assert r"$40.00\,\% \pm 14.14\,\%$" in entries["latex/execution_stats_0.tex"]().decode()


def test_latex_prints_names_as_they_stand():
    assert latex.escaped(r"a_b%c&d$e#f{g}h~i^j\k") == (
        r"a\_b\%c\&d\$e\#f\{g\}h\textasciitilde{}i\textasciicircum{}j\textbackslash{}k"
    )


def test_the_manifest_leads_back_to_the_run(entries):
    told = json.loads(entries["MANIFEST.json"]())
    assert {"manifest_version", "timestamp", "system", "config_checksum"} <= set(told)
    assert {"os", "python", "hardware", "git", "packages"} <= set(told["system"])
    assert len(told["config_checksum"]) == 64
    assert told["run_id"] == "api_run_1"


def test_the_config_of_a_strategy_is_merged_and_filled(entries):
    told = json.loads(entries["strategy_config_1.json"]())
    assert told["aggregation_strategy_keyword"] == "rfa"
    assert told["strategy_number"] == 1
    assert told["min_fit_clients"] == 4
    assert told["learning_rate"] == 1e-3


def test_plots_are_pdfs(entries):
    for path in ("removal_criterion_history_0.pdf", "aggregated_loss_history.pdf", "total_fp_and_fn_history.pdf"):
        assert entries[path]().startswith(b"%PDF")


# --- snapshots ---


def test_the_listing_has_a_slot_for_every_picture():
    outcome = made.outcome(snapshots=SNAPSHOTS)
    [strategy] = snapshots.listing(outcome)
    told = {(one["client_id"], one["round_num"]): one for one in strategy["snapshots"]}
    flip, trigger, noise, text, scale = (told[at] for at in ((0, 1), (1, 1), (2, 1), (3, 1), (0, 2)))
    where = "attack_snapshots_0/client_0/round_1/label_flipping"
    assert flip["visualizations"]["primary"] == flip["image_path"] == f"{where}_visual.png"
    assert flip["visualizations"]["confusion_matrix"] == f"{where}_confusion_matrix.png"
    assert flip["flip_summary"] == {
        "flipped_samples": 27,
        "total_samples": 29,
        "flip_rate": 93.1,
        "top_flip_patterns": [
            {"from": 1, "to": 4, "count": 10, "percentage": 37.0},
            {"from": 3, "to": 6, "count": 9, "percentage": 33.3},
            {"from": 2, "to": 5, "count": 8, "percentage": 29.6},
        ],
        "classes_affected": [1, 2, 3],
        "classes_targeted": [4, 5, 6],
        "attack_config": {},
    }
    for other in (trigger, noise, text, scale):  # only attacks on labels tell of labels
        assert "flip_summary" not in other
    assert not {"flips", "labels_shape"} & set(scale["metadata"])
    assert trigger["visualizations"]["difference_heatmap"].endswith("backdoor_trigger_difference_heatmap.png")
    assert noise["metadata"]["client_id"] == 2
    assert text["is_text_attack"] is True
    assert text["image_path"] == ""
    assert text["visualizations"]["html_diff"].endswith("token_replacement_samples.html")
    assert scale["is_weight_attack"] is True
    assert scale["image_path"].endswith("gradient_scaling_prediction_comparison.png")
    assert strategy["summary"]["attack_timeline"] == {
        "0": {"1": ["label_flipping"], "2": ["gradient_scaling"]}, "1": {"1": ["backdoor_trigger"]},
        "2": {"1": ["gaussian_noise"]}, "3": {"1": ["token_replacement"]},
    }  # fmt: skip


def test_every_path_of_the_listing_is_an_entry_and_draws(entries):
    outcome = made.outcome(snapshots=SNAPSHOTS)
    for strategy in snapshots.listing(outcome):
        for one in strategy["snapshots"]:
            slots = {name: path for name, path in one["visualizations"].items() if name != "additional" and path}
            assert slots
            for path in slots.values():
                assert entries[path]().startswith((b"\x89PNG", b"<!DOCTYPE html>")), path


def test_several_attacks_of_one_participant_in_one_round_are_one_entry():
    second = {**made.scaled(), "round": 1}
    again = {**made.noisy(), "participant": 0}
    [strategy] = snapshots.listing(made.outcome(snapshots=[made.flipped(), second, again]))
    [one] = strategy["snapshots"]
    assert one["attack_type"] == "label_flipping_gradient_scaling_gaussian_noise"
    assert one["visualizations"]["primary"].endswith("label_flipping_visual.png")
    assert one["visualizations"]["additional"] == {
        "gaussian_noise_visual": "attack_snapshots_0/client_0/round_1/gaussian_noise_visual.png"
    }
    assert one["is_weight_attack"] is True
    assert len(one["metadata"]["stacked"]) == 3


def test_a_run_without_snapshots_has_none():
    assert snapshots.listing(made.outcome()) == []


def test_texts_of_data_are_escaped_in_pages(entries):
    page = entries["attack_snapshots_0/client_3/round_1/token_replacement_samples.html"]().decode()
    assert "<del>good</del> <ins>bad</ins>" in page
    assert "<b>drug</b>" not in page
    assert "&lt;b&gt;drug&lt;/b&gt;" in page
    assert "<script" not in page


def test_a_pickle_in_an_archive_is_not_loaded():
    class Trap:
        def __reduce__(self):
            return (exec, ("raise SystemExit('ran')",))

    data = io.BytesIO()
    np.savez(data, edges=np.array([Trap()], dtype=object))
    outcome = made.outcome(snapshots=[{**made.scaled(), "npz": data.getvalue()}])
    [strategy] = snapshots.listing(outcome)
    path = strategy["snapshots"][0]["visualizations"]["weight_histogram"]
    with pytest.raises(ValueError, match="allow_pickle"):
        folder.entries(outcome)[path]()


def test_a_trigger_is_boxed_where_it_is():
    before = np.zeros((1, 8, 8), np.float32)
    after = before.copy()
    after[0, 5:8, 4:8] = 1.0
    assert visuals._changed(before, after) == (4, 5, 8, 8)
    assert visuals._changed(before, before) is None


def test_histories_of_a_run_that_told_nothing_are_none():
    outcome = made.outcome()
    outcome.tables.clear()
    assert histories(outcome) == []
    assert list(folder.files(outcome)) == []


def test_the_names_of_the_summary_are_those_of_the_rounds():
    assert set(columns.SUMMED) <= set(columns.ROUND_COLUMNS)
