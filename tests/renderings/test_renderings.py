"""Every combination of answers is a project that a linter, a formatter and Python accept."""

import json
import re
import tomllib

import yaml

from ..commands import ruff
from ..rendering import COMBINATIONS, PAIRWISE, ROOT, files_of, in_every_rendering, pairs_of

UNRENDERED = re.compile(r"\{\{ ?cookiecutter|\{%")


@in_every_rendering
def test_rendering_is_clean(rendered, answers):
    project = rendered(**answers)
    for path in files_of(project):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".html":  # Django's templates use the same braces
            assert not UNRENDERED.search(text), path
        match path.suffix:
            case ".py":
                compile(text, path, "exec", dont_inherit=True)
            case ".toml":
                tomllib.loads(text)
            case ".yaml" | ".yml" if (
                "rds_proxy" not in path.parts
            ):  # CloudFormation has tags of its own
                list(yaml.safe_load_all(text))  # a file of Kubernetes may hold several
            case ".json":
                json.loads(text)
    ruff(project, "check", "--quiet", ".")
    ruff(project, "format", "--check", "--quiet", ".")


def test_a_few_combinations_hold_each_pair_of_answers():
    def pairs(combinations: list[dict[str, object]]) -> set[frozenset[tuple[str, object]]]:
        return set().union(*map(pairs_of, combinations))

    assert pairs(PAIRWISE) == pairs(COMBINATIONS)
    assert len(PAIRWISE) < 25


def test_smallest_answers_give_the_smallest_project(rendered):
    def size(**answers: object) -> int:
        return len(files_of(rendered(**answers)))

    smallest = size(legacy_models=False)
    assert smallest < size()
    assert smallest < size(legacy_models=False, router="replica")
    assert size(legacy_models=False, router="replica") < size(legacy_models=False, router="tenant")


def test_simple_project_has_no_tenant_and_no_replica_machinery(rendered):
    words = "current_tenant tenant_context use_primary WrongTenant ReadYourWrites".split()

    def spoken_of(router: str) -> list[str]:
        project = rendered(router=router)
        files = [path for path in files_of(project) if path.suffix in (".py", ".md")]
        owners = [path for path in files if "manydb" not in path.relative_to(project).parts]
        text = "\n".join(path.read_text(encoding="utf-8") for path in owners)
        return [word for word in words if word in text]

    assert spoken_of("tenant") == words
    assert spoken_of("simple") == []
    engine = rendered(router="simple") / "manydb"
    assert not (engine / "tenants").exists() and not (engine / "replicas").exists()


def test_few_inline_conditions():
    files = [path for path in ROOT.glob("{{cookiecutter.project_slug}}/**/*") if path.is_file()]
    lines = [
        line
        for path in files
        if "__pycache__" not in path.parts
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    conditions = [line for line in lines if re.search(r"\{%-? *if", line)]
    assert len(lines) > 1000
    assert len(conditions) * 1000 < 10 * len(lines), f"{len(conditions)} in {len(lines)} lines"
