"""The questions and their default answers, and a file of answers to replay."""

import json
from pathlib import Path
from typing import Any

from template_answers import QUESTIONS

ASKED = {field: value for field, value in QUESTIONS.items() if not field.startswith("_")}
ANSWERS = {field: value[0] if isinstance(value, list) else value for field, value in ASKED.items()}
ANSWERS["project_slug"] = "my_project"


def replay(folder: Path, answers: dict[str, Any]) -> str:
    """The option that takes these answers from a file, as ``--replay`` would."""
    file = folder / "answers.json"
    file.write_text(json.dumps({"cookiecutter": answers}), encoding="utf-8")
    return f"--replay-file={file}"
