"""INI text: read strictly, written so that it reads back."""

import pytest

from quintant.errors import ConfigError
from quintant.labs.optical.contract import ini


def test_sections_keys_and_comments():
    text = "# about\n[general_settings]\nNetwork = NSFNet\n; note\nphi = {'QPSK': 1}\n\n[s2]\nk_paths: 3\n"
    assert ini.parse(text) == {"general_settings": {"network": "NSFNet", "phi": "{'QPSK': 1}"}, "s2": {"k_paths": "3"}}


def test_a_percent_sign_and_a_section_called_default_are_plain_text():
    assert ini.parse("[DEFAULT]\na = 50%\n[x]\nb = 1\n") == {"DEFAULT": {"a": "50%"}, "x": {"b": "1"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("network = nsfnet\n", "line 1: stands before the first section: 'network = nsfnet'. Begin with [general_settings]."),
        ("[a]\nb = 1\nb = 2\n", "line 3: gives the key 'b' of [a] a second time."),
        ("[a]\n[a]\n", "line 2: gives the section [a] a second time."),
        ("[a]\nb = 1\nnothing here\n", "line 3: is neither [section] nor key = value: 'nothing here'."),
        ("[a\nb = 1\n", "line 1: stands before the first section: '[a'. Begin with [general_settings]."),
        ("[a]\n" + "b" * (1 << 20), "content: must be at most 1048576 bytes of INI; got 1048580 characters."),
    ],
)
def test_a_malformed_text_names_the_line(text, message):
    with pytest.raises(ConfigError) as caught:
        ini.parse(text)
    assert str(caught.value) == message


def test_rendering_reads_back():
    nested = {
        "general_settings": {"network": "nsfnet", "erlang_start": 50.0, "spectrum_priority": None},
        "snr_settings": {"phi": {"QPSK": 1.0}},
    }
    text = ini.render(nested, "made by hand\nfor a test")
    assert text.startswith("# made by hand\n# for a test\n\n[general_settings]\nnetwork = nsfnet\n")
    assert ini.parse(text) == {
        "general_settings": {"network": "nsfnet", "erlang_start": "50.0", "spectrum_priority": "None"},
        "snr_settings": {"phi": '{"QPSK": 1.0}'},
    }
