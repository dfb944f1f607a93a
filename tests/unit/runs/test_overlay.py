"""Keys laid over a preset: what follows, what gives way, what is refused and from where it comes."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from quintant import registry
from quintant.config import Config, key, keys_of
from quintant.config.condition import value_at
from quintant.errors import ConfigError, Problem, TooManyKeys
from quintant.lab import Preset
from quintant.runs.overlay import DEFAULTS, Base, overlay, refuse_twice
from quintant.testing import trials

LABS = registry.labs()
PRESETS = [pytest.param(lab, preset, id=f"{lab.name}-{name}") for lab in LABS.values() for name, preset in lab.presets.items()]


@pytest.mark.parametrize(("lab", "preset"), PRESETS)
def test_a_preset_takes_every_essential_key_or_says_what_stands_against_it(lab, preset):
    tried = [trials.preset_takes(lab, preset, name) for name, known in keys_of(lab.config).items() if known.essential]
    assert sum(accepted for _, accepted in tried) > 0


@pytest.mark.parametrize(("lab", "preset"), PRESETS)
def test_what_follows_a_key_has_its_value(lab, preset):
    config = overlay(lab.config, Base.of_preset(preset), {}).config
    for path, name in preset.follows.items():
        assert value_at(path, config, config) == getattr(config, name)


@pytest.mark.parametrize("name", sorted(LABS["federated"].presets))
@pytest.mark.parametrize("change", [{"num_of_rounds": 3}, {"model_type": "mlp"}, {"num_of_rounds": 30, "model_type": "mlp"}])
def test_every_preset_of_federated_runs_three_rounds_and_another_model(name, change):
    preset = LABS["federated"].presets[name]
    laid = overlay(LABS["federated"].config, Base.of_preset(preset), change)
    for entry in laid.config.attack_schedule:
        assert entry.end_round <= laid.config.num_of_rounds
        if preset.follows:
            assert entry.end_round == laid.config.num_of_rounds
    assert {problem.path for problem in laid.notes} <= {"attack_schedule.0.end_round", "model_keyword"}


class Ride(Config):
    road: Literal["flat", "hilly"] = key("flat", group="Ride", says="Where.")
    bike: Literal["city", "mountain"] | None = key(None, group="Ride", says="On what.")
    km: int = key(10, group="Ride", says="How far.")
    rests: tuple[int, ...] = key((), group="Ride", says="After how many km.")
    load: dict[str, Any] = key({}, group="Ride", says="What is carried.")
    gears: int = key(3, group="Ride", says="Gears.")

    def check(self):
        if self.road == "hilly" and self.bike == "city":
            yield Problem("bike", "must be mountain on a hilly road; got 'city'.", "city", ["mountain"])
        if self.road == "hilly" and self.gears < 8:
            yield Problem("gears", f"must be at least 8 on a hilly road; got {self.gears}.", self.gears, {"minimum": 8})
        for at, rest in enumerate(self.rests):
            if rest > self.km:
                yield Problem(f"rests.{at}", f"must be at most km = {self.km}; got {rest}.", rest, {"maximum": self.km})
        for name in self.load:
            if name not in ("bread", "tent"):
                yield Problem(f"load.{name}", "is not a thing to carry.", self.load[name], ["bread", "tent"])


TOUR = Base.of_preset(
    Preset("tour", "", "", {"bike": "city", "km": 40, "rests": [15, 40]}, follows={"rests.1": "km"})
)  # fmt: skip


def told(changes, base=TOUR, point=None):
    laid = overlay(Ride, base, changes, point)
    return laid.config, [str(problem) for problem in laid.notes]


def test_what_is_tied_to_a_key_follows_it_both_ways_and_in_a_sweep():
    config, words = told({"km": 60})
    assert (config.rests, words) == ((15, 60), ["rests.1: follows km: it is 60 here, 40 in preset tour."])
    assert told({}, point={"km": 30})[0].rests == (15, 30)
    assert told({"km": 60, "rests.1": 50})[0].rests == (15, 50)
    assert told({"km": 60, "rests": [1]}) == (overlay(Ride, DEFAULTS, {"bike": "city", "km": 60, "rests": [1]}).config, [])


def test_what_no_longer_goes_gives_way_and_is_told():
    config, words = told({"road": "hilly", "gears": 9})
    assert config.bike is None
    assert words == ["bike: is left empty here; preset tour has 'city' (must be mountain on a hilly road)."]
    config, words = told({"km": 5})
    assert config.rests == (5, 5)
    assert words[1] == "rests.0: is 5 here; preset tour has 15 (must be at most km = 5)."
    base = Base.of_preset(Preset("move", "", "", {"load": {"piano": 1, "tent": 2}}))
    assert told({"km": 3}, base)[0].load == {"tent": 2}


def test_the_preset_itself_is_never_changed():
    told({"km": 5, "road": "hilly", "gears": 9})
    assert TOUR.config == {"bike": "city", "km": 40, "rests": [15, 40]}


@pytest.mark.parametrize(
    ("changes", "base", "words"),
    [
        ({"road": "hilly"}, TOUR, ["gears: must be at least 8 on a hilly road; got 3. It is so by default."]),
        ({"bike": "city", "road": "hilly", "gears": 8}, TOUR, ["bike: must be mountain on a hilly road; got 'city'."]),
        ({"km": 5}, Base("run 4f2a", TOUR.config), [
            "rests.0: must be at most km = 5; got 15. It is so in run 4f2a.",
            "rests.1: must be at most km = 5; got 40. It is so in run 4f2a.",
        ]),
        ({"rests.7": 1}, TOUR, ["rests.7: leads nowhere at '7': must have an index below 2 there."]),
        ({"km.deep": 1}, TOUR, ["km.deep: reaches into 'km', which has no parts; it is 40."]),
        ({"gear": 1}, DEFAULTS, ["gear: is not a parameter. Did you mean 'gears'?"]),
    ],
)  # fmt: skip
def test_what_is_refused_says_where_it_comes_from(changes, base, words):
    with pytest.raises(ConfigError) as caught:
        overlay(Ride, base, changes)
    assert [str(problem) for problem in caught.value.problems] == words


def test_too_many_keys_stay_what_they_are():
    with pytest.raises(TooManyKeys):
        overlay(Ride, TOUR, {f"k{number}": 1 for number in range(1001)})


@pytest.mark.parametrize(
    ("changes", "axes", "refused"),
    [
        ({"km": 1}, {"km": [2, 3]}, "sweep.km: is swept and set to 1 as well: one of the two would have no effect. "
                                    "Set it, or sweep it."),
        ({"load.tent": 1}, {"load": [{}, {"tent": 2}]}, "sweep.load: is swept and set to 1 at load.tent as well"),
        ({"load": {"tent": 1}}, {"load.tent": [2, 3]}, "sweep.load.tent: is swept and set to 1 as well"),
        ({"load": {"tent": 1}}, {"load.bread": [2, 3]}, None),
        ({"load.tent": 1}, {"load.bread": [2, 3]}, None),
        ({"km": 1}, {"gears": [2, 3]}, None),
    ],
)  # fmt: skip
def test_a_key_is_set_or_swept(changes, axes, refused):
    if refused is None:
        refuse_twice(changes, axes)
        return
    with pytest.raises(ConfigError) as caught:
        refuse_twice(changes, axes)
    assert str(caught.value).startswith(refused)
