"""New run: the form is the schema; the server judges as one types; what stands in the form is one command."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

LABS = ["chip", "federated", "optical", "persona", "spiking"]


@pytest.mark.parametrize("lab", [*LABS, "toy"])
def test_every_lab_has_a_form_with_its_own_keys_units_and_sentences(reader, world, lab: str) -> None:
    page = reader.open(f"/new/{lab}")
    schema = world.served.ask(f"/labs/{lab}/schema")
    essential = [key for key, one in schema["properties"].items() if one.get("essential")]
    for key in essential:
        field = page.locator(f"#field-{key}")
        expect(field).to_be_visible()
        sentence = schema["properties"][key].get("description", "").replace("`", "")
        expect(field).to_contain_text(sentence[:60])
    total = len(schema["properties"])
    expect(page.get_by_text(f"{total} parameters, {len(essential)} essential")).to_be_visible()
    groups = {one.get("group") for one in schema["properties"].values() if not one.get("essential")}
    for group in groups:
        page.get_by_role("button", name=re.compile(rf"^{re.escape(group)} \d")).click()
    expect(page.locator(".field[data-key]")).to_have_count(total)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_server_judges_as_one_types_and_the_hint_is_a_button(tab, world) -> None:
    page = tab(world.served.url).open("/new/optical")
    box = page.get_by_role("textbox", name="k_paths")
    box.fill("500")
    field = page.locator("#field-k_paths")
    expect(field.get_by_role("alert")).to_contain_text("must be at most 200; got 500.")
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("button", name="1 problem: k_paths")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Start")).first.click()
    expect(box).to_be_focused()  # Start leads to the first problem
    page.keyboard.press("Alt+Enter")
    expect(box).to_have_value("200")
    expect(field.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("complementary")).to_contain_text("--set k_paths=200")


def test_numbers_are_read_as_people_type_them(tab, world) -> None:
    page = tab(world.served.url).open("/new/optical")
    page.get_by_role("textbox", name="requests").fill("1e5")
    expect(page.get_by_role("complementary")).not_to_contain_text("--set requests")  # the preset's own 100 000
    page.get_by_role("textbox", name="requests").fill("30 000")
    expect(page.get_by_role("complementary")).to_contain_text("--set requests=30000")
    page.get_by_role("textbox", name="requests").fill("many")
    expect(page.locator("#field-requests").get_by_role("alert")).to_be_visible()


def test_a_sweep_and_seeds_are_counted_and_become_the_command(tab, world) -> None:
    page = tab(world.served.url).open("/new/optical")
    page.get_by_role("button", name="Sweep load_erlang over values").click()
    page.get_by_role("textbox", name="load_erlang from").fill("150")
    page.get_by_role("textbox", name="load_erlang to").fill("250")
    page.get_by_role("textbox", name="load_erlang step").fill("20")
    page.get_by_role("textbox", name="seeds").fill("4")
    aside = page.get_by_role("complementary")
    expect(aside).to_contain_text("24 runs")
    expect(aside).to_contain_text(re.compile(r"--sweep load_erlang=150:250:20"))
    expect(aside).to_contain_text("--seeds 4")
    expect(page).to_have_url(re.compile("sweep="))
    page.reload()
    expect(page.get_by_role("complementary")).to_contain_text("24 runs")
    page.get_by_role("textbox", name="load_erlang step").fill("30")
    expect(page.locator("#field-load_erlang").get_by_role("alert")).to_be_visible()


def test_presets_differences_and_the_way_back(tab, world) -> None:
    page = tab(world.served.url).open("/new/optical")
    presets = page.get_by_role("group", name="Presets")
    presets.get_by_role("button", name="deeprmsa-nsfnet-k50").click()
    expect(page.get_by_role("textbox", name="k_paths")).to_have_value("50")
    page.get_by_role("textbox", name="k_paths").fill("7")
    page.get_by_role("button", name=re.compile("^Back to 50")).click()
    expect(page.get_by_role("textbox", name="k_paths")).to_have_value("50")


def test_a_key_that_nothing_reads_is_greyed_with_the_reason_and_the_cure(tab, world) -> None:
    page = tab(world.served.url).open("/new/spiking?find=adex_a")
    field = page.locator("#field-adex_a")
    expect(field).to_contain_text("Not read")
    expect(field).to_contain_text("neuron_model is adex")
    expect(field.get_by_role("textbox")).to_have_count(0)
    field.get_by_role("button", name="neuron_model = adex").click()
    expect(field.get_by_role("textbox", name="adex_a")).to_be_visible()
    expect(page.get_by_role("complementary")).to_contain_text("--set neuron_model=adex")


def test_form_and_json_are_two_views_of_the_same(tab, world) -> None:
    page = tab(world.served.url).open("/new/optical")
    page.get_by_role("textbox", name="k_paths").fill("9")
    page.get_by_role("radio", name="JSON").click()
    box = page.get_by_role("textbox", name="JSON")
    expect(box).to_have_value(re.compile('"k_paths": 9'))
    box.fill(json.dumps({"k_paths": 11, "slots": 80}))
    page.get_by_role("radio", name="Form").click()
    expect(page.get_by_role("textbox", name="k_paths")).to_have_value("11")
    expect(page.get_by_role("textbox", name="slots", exact=True)).to_have_value("80")


def test_lists_of_objects_are_edited_row_by_row(tab, world) -> None:
    page = tab(world.served.url).open("/new/chip")
    rows = page.get_by_role("group", name="populations")
    expect(rows.get_by_role("textbox", name="populations row 1.size")).to_have_value("100")
    rows.get_by_role("textbox", name="populations row 1.size").fill("60")
    command = page.get_by_role("complementary")
    expect(command).to_contain_text("populations")
    page.get_by_role("button", name="Remove row 2, populations").click()
    expect(page.locator(".err").first).to_be_visible()  # connections name a population that is gone: the server says so


def test_a_file_of_ones_own_becomes_the_value(tab, world, tmp_path) -> None:
    own = {
        "name": "triangle",
        "nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
        "links": [{"source": "a", "target": "b", "length_km": 100}, {"source": "b", "target": "c", "length_km": 150}],
    }
    file = tmp_path / "triangle.json"
    file.write_text(json.dumps(own))
    one = tab(world.served.url)
    one.allow("422")  # the second file
    page = one.open("/new/optical")
    with page.expect_file_chooser() as chooser:
        page.locator("#field-topology").get_by_role("button", name=re.compile("file|Upload")).click()
    chooser.value.set_files(file)
    field = page.locator("#field-topology")
    expect(field.get_by_role("status")).to_contain_text("triangle: 3 nodes, 2 links")
    expect(field.get_by_role("button", name=re.compile("own topology"))).to_be_visible()
    expect(page.get_by_role("complementary")).to_contain_text("triangle")
    file.write_text("{}")
    with page.expect_file_chooser() as chooser:
        field.get_by_role("button", name=re.compile("file|Upload")).click()
    chooser.value.set_files(file)
    expect(field.get_by_role("status")).to_contain_text("nodes")
    expect(page.get_by_role("complementary")).to_contain_text("triangle")


def test_change_a_value_opens_the_form_filled_and_only_the_change_is_told(tab, world) -> None:
    page = tab(world.served.url).open(world.places["chip"])
    page.get_by_role("button", name="Change a value").click()
    expect(page.get_by_text(re.compile("From run two populations"))).to_be_visible()
    page.get_by_role("textbox", name="timesteps").fill("200")
    expect(page.get_by_role("complementary")).to_contain_text("--set timesteps=200")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("chip")
    expect(page.locator("figure h2").first).to_be_visible()


@pytest.mark.parametrize("lab", LABS)
def test_previews_draw_before_anything_runs(reader, world, lab: str) -> None:
    listed = world.served.ask(f"/labs/{lab}").get("previews", [])
    assert listed, f"{lab} offers no preview"
    page = reader.open(f"/new/{lab}")
    expect(page.locator(".prev .vega").first).to_be_visible()


def test_the_phone_keeps_count_and_start_at_the_bottom(tab, world) -> None:
    page = tab(world.served.url, phone=True).open("/new/optical")
    bar = page.get_by_role("region", name="What will run, in short")
    expect(bar).to_contain_text("10 runs")
    expect(bar.get_by_role("button", name="Start")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_sweep_is_written_in_the_command_lines_grammar(tab, world) -> None:
    """Typed letter by letter: 1:100:l is no range of three yet, and must not become one under the fingers."""
    page = tab(world.served.url).open("/new/chip")
    page.get_by_role("button", name="Sweep timesteps over values").click()
    aside = page.get_by_role("complementary")
    if (as_list := page.locator("#field-timesteps").get_by_role("button", name="list", exact=True)).count():
        as_list.click()  # it began as a range of three
    axis = page.get_by_role("textbox", name=re.compile("^timesteps: values"))
    page.get_by_role("textbox", name="seeds").fill("2")
    for text, runs in (("10:1000:log:3", 6), ("10:20:lin:6", 12), ("10:400:lhs:16", 32)):
        axis.fill("")
        axis.press_sequentially(text)
        expect(aside).to_contain_text(f"{runs} runs")
    expect(page.locator("#field-timesteps").get_by_role("alert")).to_have_count(0)
    axis.fill("0:10:log:3")
    expect(page.locator("#field-timesteps").get_by_role("alert")).to_be_visible()


def test_seeds_until_they_are_enough_are_asked_for_in_the_form(tab, world) -> None:
    """Nothing typed for the seeds: it begins with as many as the rule looks at first; the server agrees."""
    opened = tab(world.served.url)
    opened.allow("422")  # what would be made of a target that is none
    page = opened.open("/new/toy")
    aside = page.get_by_role("complementary")
    page.get_by_role("textbox", name=re.compile("^until")).fill("heads+-40%")
    expect(aside).to_contain_text("--until")
    expect(page.get_by_role("textbox", name="seeds", exact=True)).to_have_attribute("placeholder", "20")
    expect(page.locator("#field-until").get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("problem"))).to_have_count(0)
    page.get_by_role("textbox", name=re.compile("^until")).fill("heads+-many")
    expect(page.locator("#field-until").get_by_role("alert")).to_contain_text("METRIC+-NUMBER")
