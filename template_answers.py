"""What the template makes of its answers: which it refuses, and how it writes them into files.

Cookiecutter loads this as a Jinja extension, named in cookiecutter.json. The filters:

* ``quoted``: any text as one literal that means the same in TOML, YAML and JSON
* ``python``: any text as a Python literal, as ``ruff format`` would write it
* ``tenant_names``: the answer ``tenants`` as a list, without the spaces around names; empty if there are none
* ``tenant_list``: that list as Python, as ``ruff format`` would write it: one name a line
* ``problems``: {field: sentence} for every answer that is refused, of those given so far
* ``checked``: ends the run with that sentence; cookiecutter.json has it right after a question

Templates use ``cookiecutter.tenants | tenant_names``. A private variable with that list would be stale in a replay file
whose ``tenants`` an owner edited.

Free text (project_name, description, author_name) goes through ``quoted`` or ``python``, always.
"""

import json
import keyword
import re
import runpy
import sys
import unicodedata
from collections.abc import Callable, Container
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment
from jinja2.ext import Extension

QUESTIONS = json.loads(Path(__file__).with_name("cookiecutter.json").read_text(encoding="utf-8"))
CHOICES: dict[str, list[str]] = {
    field: values
    for field, values in QUESTIONS.items()
    if isinstance(values, list) and not field.startswith("_")
}
TEXTS = ("project_name", "project_slug", "description", "author_name", "tenants")

# What a file format, an editor or a linter would not leave alone: controls, the line separators
# that YAML and str.splitlines know, byte order marks, and marks that hide text or turn it around.
# A character above U+FFFF has no escape that JSON and TOML share, so it stands as it is.
_ESCAPED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\"'\\\\]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}


def _literal(text: str, quote: str) -> str:
    def escape(match: re.Match[str]) -> str:
        character = match[0]
        if character in "\"'":
            return f"\\{quote}" if character == quote else character
        return _SHORT.get(character) or f"\\u{ord(character):04x}"

    text.encode()  # a lone surrogate belongs in no file: UnicodeEncodeError
    return f"{quote}{_ESCAPED.sub(escape, text)}{quote}"


def quoted(text: str) -> str:
    """The text as a literal for TOML, YAML and JSON; ``tojson`` halves emoji, which breaks TOML."""
    return _literal(text, '"')


def python(text: str) -> str:
    """The text as a Python literal, in the quotes that need fewer escapes."""
    return _literal(text, "'" if text.count('"') > text.count("'") else '"')


def tenant_names(tenants: str) -> list[str]:
    """The names in a ``tenants`` answer, in order; none if it is empty."""
    return [name.strip() for name in tenants.split(",")] if tenants.strip() else []


def tenant_list(tenants: str) -> str:
    """The names as a list of Python, one a line."""
    lines = "".join(f'    "{name}",\n' for name in tenant_names(tenants))
    return f"[\n{lines}]" if lines else "[]"


# A slug is a folder, a Python package, a distribution and a database: it must be free in all four.
TAKEN = {
    "a module of Python's standard library": {*sys.stdlib_module_names, "test", "distutils"},
    "a dependency of the project": set(
        "asgiref boto3 botocore celery cruft django django_stubs django_stubs_ext django_tasks django_tasks_db"
        " dotenv environs gunicorn hatchling hvac hypothesis kombu markdown marshmallow mypy mysqlclient mysqldb"
        " pip prometheus_client psycopg psycopg_binary psycopg_c psycopg_pool pytest pytest_django pytest_xdist"
        " python_dotenv ruff setuptools sqlparse tqdm typing_extensions tzdata uv wheel whitenoise xdist".split()
    ),
    "a folder or an app of the project": set(
        "accounts admin auth build conferences manydb conftest contenttypes default deploy dist"
        " docs env htmlcov legacy manage messages sessions settings static staticfiles templates tenants"
        " testclient tests users var venv".split()
    ),
    "a database that servers keep for themselves": set(
        "information_schema mysql performance_schema pgbouncer postgres postgresql sqlite sys"
        " template0 template1".split()
    ),
    "a device name on Windows": {"aux", "con", "nul", "prn"},
}
RESERVED_TENANTS = ("default", "accounts", "testclient")


Broken = Callable[[Any, dict[str, Any]], bool | str | None]


class Rule(NamedTuple):
    """An answer is refused when ``broken(answer, answers)`` is true, or names the part at fault."""

    field: str
    broken: Broken
    reason: str


def _name(answer: str, wrong: Callable[[str], bool]) -> str | None:
    return next((repr(name) for name in tenant_names(answer) if wrong(name)), None)


def _control(answer: str, _: dict[str, Any]) -> str | None:
    marks = (c for c in answer if c not in "\t\n\r" and unicodedata.category(c) in ("Cc", "Cs"))
    return next(map(repr, marks), None)


def _is_in(values: Container[str]) -> Broken:
    return lambda answer, _: answer in values


def _is_not_in(values: Container[str]) -> Broken:
    return lambda answer, _: answer not in values


# The first broken rule of a field speaks for it. A rule looks only at answers already given.
RULES = (
    *(Rule(text, lambda a, _: not isinstance(a, str), "is not text") for text in TEXTS),
    *(Rule(text, _control, "is not printable") for text in TEXTS),
    *(
        Rule(field, _is_not_in(values), f"must be one of {', '.join(values)}")
        for field, values in CHOICES.items()
    ),
    Rule("project_name", lambda a, _: not a.strip(), "is empty"),
    Rule("author_name", lambda a, _: not a.strip(), "is empty"),
    Rule(
        "project_slug",
        lambda a, _: not re.fullmatch("[a-z]([a-z0-9_]*[a-z0-9])?", a),
        "must be lower-case letters, digits and '_', begin with a letter and not end with '_'",
    ),
    Rule("project_slug", lambda a, _: len(a) > 30, "is longer than 30 characters"),
    Rule("project_slug", lambda a, _: keyword.iskeyword(a), "is a keyword of Python"),
    *(
        Rule("project_slug", _is_in(names), f"is the name of {what}")
        for what, names in TAKEN.items()
    ),
    Rule(
        "pooling",
        lambda a, answers: a == "pgbouncer" and answers.get("database_engine") == "mysql",
        "needs PostgreSQL, and database_engine is 'mysql'",
    ),
    Rule(
        "database_auth",
        lambda a, answers: a == "rds_iam" and answers.get("pooling") == "pgbouncer",
        "uses tokens that expire, and pooling 'pgbouncer' needs a password that does not",
    ),
    Rule("tenants", lambda a, _: _name(a, lambda n: not n), "is empty"),  # between commas
    Rule(
        "tenants",
        lambda a, _: _name(a, lambda n: not re.fullmatch("[a-z][a-z0-9_]{0,29}", n)),
        "is not a lower-case letter followed by at most 29 lower-case letters, digits or '_'",
    ),
    Rule(
        "tenants",
        lambda a, _: _name(a, lambda n: n in RESERVED_TENANTS),
        "is a name that the project keeps for itself",
    ),
    Rule(
        "tenants",
        lambda a, _: _name(a, lambda n: bool(re.fullmatch(r".*_ro\d*", n))),
        "ends in '_ro' as replicas do",
    ),
    Rule("tenants", lambda a, _: _name(a, lambda n: tenant_names(a).count(n) > 1), "is repeated"),
    Rule("legacy_models", lambda a, _: not isinstance(a, bool), "must be true or false"),
)
EXAMPLES = {field: values[0] for field, values in CHOICES.items()} | {
    "project_name": "My Project",
    "project_slug": "my_project",
    "description": "Orders of every shop",
    "author_name": "Ada Lovelace",
    "pooling": "rds_proxy",
    "tenants": "acme,globex",
    "legacy_models": True,
}


def problems(answers: dict[str, Any]) -> dict[str, str]:
    """Says in one sentence for each field what is wrong with its answer; empty when all is well."""
    found: dict[str, str] = {}
    for field, broken, reason in RULES:
        if field in answers and field not in found and (part := broken(answers[field], answers)):
            holds = f"holds {part}, which " if isinstance(part, str) else ""
            example = f"a valid answer is {_example(field, answers[field])!r}"
            found[field] = f"{field} {answers[field]!r} {holds}{reason}; {example}."
    return found


def _example(field: str, answer: Any) -> Any:
    """A valid answer: for a slug the nearest one, such as ``my_shop`` for ``My-Shop``."""
    if field == "project_slug" and isinstance(answer, str):
        nearest = re.sub("[^a-z0-9]+", "_", answer.lower())[:30].strip("_")
        if nearest != answer and not problems({field: nearest}):
            return nearest
    return EXAMPLES[field]


def checked(field: str, answers: dict[str, Any]) -> str:
    """Ends the run with one sentence if the field's answer is refused."""
    if field in (refused := problems(answers)):
        raise SystemExit(refused[field])
    return "yes"


FILTERS = {f.__name__: f for f in (quoted, python, tenant_names, tenant_list, problems, checked)}


class AnswersExtension(Extension):
    """Gives Jinja the filters, as the checked-out commit of the template defines them.

    ``cruft update`` renders two commits in one process, where an import is done once: with the
    first commit's module, the second would miss what it added. So the file is read each time.
    """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        spec = PathFinder.find_spec(__name__)
        source = spec.origin if spec and spec.origin else __file__
        environment.filters.update(runpy.run_path(source)["FILTERS"])
