"""Sentences of the manual, and of the template's own pages and questions, are short and use a reader's words."""

import json
import re
import subprocess
from pathlib import Path
from unittest import TestCase

from engine.tests.manual import MANUAL

ROOT = Path(__file__).parents[3]
PROJECT = "{{cookiecutter.project_slug}}"

# Lists of changes, a line each.
NOT_PROSE = {"CHANGELOG.md", "engine/CHANGELOG.md"}

# Where a noun, an actor or a plain verb belongs in their place. "There is no …" is a plain sentence.
WORDS = re.compile(
    r"\b(nobody|whoever|somebody|anybody|anew|births?|is none of|whatever|ends with 1|takes the place of|ha(?:s|ve) to"
    r"|(?<!\bthere )(?:is|are) no (?!longer\b|more than\b)|of (?:your|its|their|one's) own)\b",
    re.IGNORECASE,
)


def pages() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [name for name in listed.split("\0") if name and name not in NOT_PROSE]


def sentences(markdown: str) -> list[str]:
    """The sentences of a page's prose; tables, code, headings and lists of links are none."""
    text = re.sub(r"^ *```.*?^ *```", "", markdown, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", "X", text, flags=re.DOTALL))  # Jinja
    text = re.sub(r"`[^`]*`", "X", text)  # code is one word
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    paragraphs = re.split(r"\n\s*\n|\n(?=\s*[*-] |\s*\d+\. |\|)", text)
    prose = [p for p in paragraphs if not p.lstrip().startswith(("|", "#", "<", "> "))]
    found = []
    for paragraph in prose:
        if paragraph.count(" · ") > 2:
            continue
        words = " ".join(paragraph.replace("*", "").split())
        found += [s for s in re.split(r"(?<=[.!?:;])\s+(?=[A-Z0-9X])", words) if len(s.split()) > 3]
    return found


class Prose(TestCase):
    def test_every_page_is_read(self) -> None:
        found = pages()
        manual = {
            f"{PROJECT}/manydb/docs/{path.relative_to(MANUAL).as_posix()}"
            for path in MANUAL.rglob("*.md")
        }
        self.assertLessEqual(manual, set(found))
        self.assertLessEqual({"README.md", "docs/choose.md", f"{PROJECT}/README.md"}, set(found))

    def test_sentences_are_short(self) -> None:
        for page in pages():
            found = sentences((ROOT / page).read_text(encoding="utf-8"))
            if not found:
                continue
            with self.subTest(page=page):
                self.assertEqual([s for s in found if len(s.split()) > 30], [])
                self.assertLess(sum(len(s.split()) for s in found) / len(found), 18)

    def test_words_are_those_of_the_field(self) -> None:
        for page in pages():
            with self.subTest(page=page):
                found = sentences((ROOT / page).read_text(encoding="utf-8"))
                self.assertEqual([s for s in found if WORDS.search(s)], [])

    def test_each_question_is_one_short_line(self) -> None:
        asked = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))["__prompts__"]
        lines = [
            line
            for text in asked.values()
            for line in (text.values() if isinstance(text, dict) else [text])
        ]
        self.assertGreater(len(lines), 20)
        for line in lines:
            with self.subTest(line):
                self.assertLess(len(line.split()), 21)
                self.assertIsNone(WORDS.search(line))

    def test_a_long_one_is_found(self) -> None:
        long = "It " + "is " * 30 + "long."
        self.assertEqual(
            sentences(f"# Title\n\n{long} Short, but a sentence.\n\n| a | b |\n"),
            [long, "Short, but a sentence."],
        )

    def test_a_word_of_the_list_is_found(self) -> None:
        for text in ("It is no replica.", "Whoever asks waits.", "It has a table of its own."):
            self.assertIsNotNone(WORDS.search(text))
        for text in ("There is no replica.", "It is no longer there."):
            self.assertIsNone(WORDS.search(text))
