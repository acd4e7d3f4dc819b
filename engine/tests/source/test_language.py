"""Docstrings of the engine stand alone, and its texts use words that readers know."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from unittest import TestCase

import manydb

ENGINE = Path(manydb.__file__).parent

# A docstring that begins like this means nothing without the one before it.
HANGING = re.compile(r"(The same|As|To be called|Those|That|It|Same)\b")

# Nouns for people and things that have a name, and words that are not those of databases.
WORDS = re.compile(
    r"\b(nobody|whoever|somebody|anybody|anew|births?|is none of|of nobody|ends with 1|takes the place of)\b",
    re.IGNORECASE,
)


def docstrings() -> Iterator[tuple[str, str]]:
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                line = getattr(node, "lineno", 1)
                yield f"{path.relative_to(ENGINE)}:{line}", ast.get_docstring(node) or ""


def sentences(docstring: str) -> Iterator[str]:
    """Those of its prose: code is one word, and lists, tables and sections such as Args are left out."""
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*[*-] )", docstring):
        first = paragraph.strip().split("\n")[0]
        if (
            "====" in paragraph
            or "::" in paragraph
            or " = " in paragraph
            or re.fullmatch(r"\w+:", first)
        ):
            continue
        words = " ".join(re.sub(r"`+[^`]*`+", "X", paragraph).split())
        yield from re.split(r"(?<=[.!?:;])\s+(?=[A-Z0-9X])", words)


def texts() -> Iterator[tuple[str, str]]:
    """Comments and strings, docstrings among them."""
    kinds = {
        tokenize.COMMENT,
        tokenize.STRING,
        getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING),
    }
    for path in sorted(ENGINE.rglob("*.py")):
        source = io.StringIO(path.read_text())
        for token in tokenize.generate_tokens(source.readline):
            if token.type in kinds:
                yield f"{path.relative_to(ENGINE)}:{token.start[0]}", token.string


class Language(TestCase):
    def test_docstrings_stand_alone(self) -> None:
        found = [f"{place}: {text[:60]}" for place, text in docstrings() if HANGING.match(text)]
        self.assertFalse(found, "Say what is returned, done or raised:\n" + "\n".join(found))

    def test_sentences_of_docstrings_are_short(self) -> None:
        found = [
            f"{place}: {sentence[:80]}"
            for place, text in docstrings()
            for sentence in sentences(text)
            if len(sentence.split()) > 30
        ]
        self.assertFalse(found, "Make two of it:\n" + "\n".join(found))

    def test_words_are_those_of_the_field(self) -> None:
        found = [f"{place}: {word[0]}" for place, text in texts() for word in WORDS.finditer(text)]
        self.assertFalse(found, "Name who or what it is:\n" + "\n".join(found))
