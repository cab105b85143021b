"""What is released agrees with pyproject.toml, and the wheel of the controls is missed by name."""

import re
import tomllib
from pathlib import Path

import jinja2
import pytest
import yaml

from symscope.classifier.training import Recipe
from symscope.errors import UsageError
from symscope.evaluation import templates

ROOT = Path(__file__).resolve().parents[1]
PACKAGING = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

ELSEWHERE = {"matplotlib": "matplotlib-base", "soundfile": "pysoundfile"}
"""Names of conda-forge."""


@pytest.fixture
def recipe():
    """The conda recipe as conda-build sees it: rendered, then read as YAML."""

    def load_file_data(name, from_recipe_dir):
        assert from_recipe_dir
        return tomllib.loads((PACKAGING / "conda" / name).resolve().read_text(encoding="utf-8"))

    text = (PACKAGING / "conda" / "meta.yaml").read_text(encoding="utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    rendered = environment.from_string(text).render(load_file_data=load_file_data, PYTHON="python")
    return yaml.safe_load(rendered)


def test_the_conda_recipe_requires_what_the_project_requires(recipe):
    bounds = dict(requirement.split(">=") for requirement in PROJECT["dependencies"])
    expected = [f"{ELSEWHERE.get(name, name)} >={least}" for name, least in bounds.items()]
    python = f"python {PROJECT['requires-python']}"
    assert recipe["requirements"]["run"] == [python, *expected]
    assert python in recipe["requirements"]["host"]


def test_the_conda_recipe_is_of_this_project(recipe):
    assert recipe["package"] == {key: PROJECT[key] for key in ("name", "version")}
    assert recipe["about"]["summary"] == PROJECT["description"]
    assert recipe["about"]["license"] == PROJECT["license"]
    (entry,) = recipe["build"]["entry_points"]
    assert dict([entry.split(" = ")]) == PROJECT["scripts"]
    assert (PACKAGING / "conda" / recipe["source"]["path"]).resolve() == ROOT


def test_every_requirement_has_a_lower_bound_and_no_other():
    for requirement in PROJECT["dependencies"]:
        assert re.fullmatch(r"[a-z0-9-]+>=[0-9.]+", requirement)


def test_all_files_that_name_the_version_name_the_same():
    controls = tomllib.loads((PACKAGING / "controls" / "pyproject.toml").read_text())["project"]
    assert controls["version"] == PROJECT["version"]
    assert controls["dependencies"] == [f"symscope=={PROJECT['version']}"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"]


def test_without_the_controls_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(templates, "CONTROL_WEIGHTS", tmp_path / "weights")
    assert templates.load_recipe(Recipe("paper", "maps")).name == "paper"
    with pytest.raises(UsageError, match="pip install symscope-controls"):
        templates.load_recipe(Recipe("paper", "pixels"))
