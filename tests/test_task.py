"""The words of tasks: what they mean, and what is no task."""

import pytest

from symscope.errors import UsageError
from symscope.networks.settings import SETTINGS, PatchSettings, settings_for
from symscope.options import Options
from symscope.tasks import TASKS, parse_task


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_named_by_its_own_word(name):
    task = parse_task(name)
    assert parse_task(task.text) == task
    assert task.said


def test_levels_and_variants_are_parameters():
    assert parse_task("greys:7").levels == 7
    assert parse_task("bands").levels == 8
    assert not parse_task("vae:templates").control
    assert parse_task("gan:untrained").control


@pytest.mark.parametrize(
    "text",
    [
        *("", "colors", "Colours", "greys:", "greys:1", "greys:1000", "greys:4.5", "greys:٤"),
        *("greys:-3", "bands:x", "colours:2", "vae:", "vae:big", "gan:templates", "rgb:3"),
    ],
)
def test_other_words_are_refused_with_what_is_expected(text):
    with pytest.raises(UsageError, match="expected") as raised:
        parse_task(text)
    assert repr(text) in str(raised.value)
    with pytest.raises(UsageError):
        Options(task=text)


def test_options_name_the_task_in_full():
    assert Options(task="greys").arguments() == ["--task", "greys:4"]
    assert Options().arguments() == []


def test_what_is_learned_follows_what_answers_unless_a_task_is_chosen():
    assert Options().learned().text == "picture"
    assert Options(evidence="cnn").learned().text == "colours"
    assert Options().learned(sound=True).text == Options().learned(3).text == "colours"
    assert Options(task="rgb").learned().text == "rgb"


def test_the_settings_of_the_two_colour_task_are_those_of_the_readers_cards():
    assert SETTINGS["fast"].fingerprint == "8ec9c10eda7c"
    assert SETTINGS["paper"].fingerprint == "24c212317ac8"
    assert settings_for(Options(settings="paper", evidence="cnn")) is SETTINGS["paper"]


def test_every_task_has_a_fingerprint_of_its_own():
    words = [*TASKS, "greys:5", "vae:untrained", "gan:shuffled"]
    assert len({settings_for(Options(task=word)).fingerprint for word in words}) == len(words)
    assert isinstance(settings_for(Options(task="vae")), PatchSettings)
