"""Docstrings of the engine and of the template stand alone, and their texts use words that readers know."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from unittest import TestCase

import manydb
from engine.tests.source.test_prose import WORDS as PROSE

ENGINE = Path(manydb.__file__).parent
TEMPLATE = Path(__file__).parents[3]

# A docstring that begins like this means nothing without the one before it.
HANGING = re.compile(r"(The same|As|To be called|Those|That|It|Same)\b")

SHOWN = {"Error", "Warning", "add_argument", "exit"}

# Nouns for people and things that have a name, and words that are not those of databases.
WORDS = re.compile(
    r"\b(nobody|whoever|somebody|anybody|anew|births?|is none of|of nobody|ends with 1|takes the place of)\b",
    re.IGNORECASE,
)


def of_template() -> list[Path]:
    """What speaks to those who generate a project."""
    return [TEMPLATE / "template_answers.py", *sorted((TEMPLATE / "hooks").glob("*.py"))]


def sources() -> list[Path]:
    return [*sorted(ENGINE.rglob("*.py")), *of_template()]


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ENGINE if ENGINE in path.parents else TEMPLATE)}:{line}"


def docstrings() -> Iterator[tuple[str, str]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield place(path, getattr(node, "lineno", 1)), ast.get_docstring(node) or ""


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


def messages() -> Iterator[tuple[str, str]]:
    """What users read in errors, in checks with their hints, in the help of options, and in a generation."""
    yield from sayings()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            call = node.exc if isinstance(node, ast.Raise) else node
            if isinstance(call, ast.Call) and (
                isinstance(node, ast.Raise) or getattr(call.func, "attr", "") in SHOWN
            ):
                given = (*call.args, *(each.value for each in call.keywords))
                yield from ((place(path, a.lineno), as_read(a)) for a in given)


def split(tree: ast.AST) -> Iterator[ast.expr]:
    """Strings that are lists of names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "split":
            yield node.value


def sayings() -> Iterator[tuple[str, str]]:
    """The template's strings of some words, but for docstrings: reasons, the next steps. Commands stand in lines of theirs."""
    for path in of_template():
        tree = ast.parse(path.read_text())
        passed = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        passed |= {id(names) for names in split(tree)}
        for node in ast.walk(tree):
            if id(node) in passed or not isinstance(node, ast.Constant | ast.JoinedStr):
                continue
            for paragraph in as_read(node).split("\n\n"):
                if len(paragraph.split()) > 3 and not paragraph.startswith("    "):
                    yield place(path, node.lineno), paragraph


def as_read(node: ast.expr) -> str:
    """A string with a word for each part that is filled in; "" for all else."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(as_read(part) or "X" for part in parts)
        case ast.BinOp(left=left, right=right):
            return as_read(left) + (as_read(right) or "X")
    return ""


def texts() -> Iterator[tuple[str, str]]:
    """Comments and strings, docstrings among them."""
    kinds = {
        tokenize.COMMENT,
        tokenize.STRING,
        getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING),
    }
    for path in sources():
        source = io.StringIO(path.read_text())
        for token in tokenize.generate_tokens(source.readline):
            if token.type in kinds:
                yield place(path, token.start[0]), token.string


# What a message tells its reader to do, or what stands for it: a part that is filled in, such as advice.
DO = re.compile(
    r"\b(add|assign|bring|call|await|begin|build|check|choose|copy|correct|create|declare|delete|drop|end|enter|export|fetch|find|"
    r"give|give|install|keep|leave|list|look|make|migrate|move|name|open|place|prefetch|put|raise|read|remove|rename|"
    r"restore|return|run|save|say|see|send|set|silence|split|start|stop|suspend|take|try|turn|use|wait|write)\b|must be|X\.?$",
    re.IGNORECASE,
)

# Errors that a person reads, and not another function of the engine.
FOR_READERS = {
    "CommandError", "ImproperlyConfigured", "ProvisioningError", "UnknownDatabase", "WrongTenant", "TenantRequired",
    "DatabaseRequired", "NoFreeConnection", "ReplicaUnavailable", "ParameterMissing", "LeaseLost", "AnotherRun",
}  # fmt: skip

# They say that a person refused, or are followed by what Django's own check printed.
SAYS_ENOUGH = {"Nothing was changed.", "Nothing was changed, as manage.py check failed then:\n"}


def raised() -> Iterator[tuple[str, str]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            call = node.exc if isinstance(node, ast.Raise) else node
            if isinstance(call, ast.Call) and call.args:
                name = ast.unparse(call.func)
                text = as_read(call.args[0])
                is_for_readers = (
                    isinstance(node, ast.Raise) and name.rpartition(".")[2] in FOR_READERS
                )
                if (is_for_readers or name == "sys.exit") and " " in text:
                    yield place(path, call.lineno), text


class Language(TestCase):
    def test_docstrings_stand_alone(self) -> None:
        found = [f"{where}: {text[:60]}" for where, text in docstrings() if HANGING.match(text)]
        self.assertFalse(found, "Say what is returned, done or raised:\n" + "\n".join(found))

    def test_sentences_of_docstrings_are_short(self) -> None:
        found = [
            f"{where}: {sentence[:80]}"
            for where, text in docstrings()
            for sentence in sentences(text)
            if len(sentence.split()) > 30
        ]
        self.assertFalse(found, "Make two of it:\n" + "\n".join(found))

    def test_sentences_of_messages_are_short(self) -> None:
        read = [(where, text) for where, text in messages() if " " in text]
        self.assertGreater(len(read), 300)
        found = [
            f"{where}: {sentence[:80]}"
            for where, text in read
            for sentence in re.split(r"(?<=[.!?:;])\s+", text)
            if len(sentence.split()) > 26
        ]
        self.assertFalse(found, "Say it in two sentences:\n" + "\n".join(found))

    def test_an_error_says_what_to_do(self) -> None:
        found = list(raised())
        self.assertGreater(len(found), 150)
        silent = [
            f"{where}: {text}"
            for where, text in found
            if not DO.search(text) and text not in SAYS_ENOUGH
        ]
        self.assertFalse(silent, "Say what to do:\n" + "\n".join(silent))

    def test_messages_use_a_readers_words(self) -> None:
        found = [
            f"{where}: {word[0]}" for where, text in messages() for word in PROSE.finditer(text)
        ]
        self.assertFalse(found, "Name who or what it is:\n" + "\n".join(found))

    def test_words_are_those_of_the_field(self) -> None:
        found = [f"{where}: {word[0]}" for where, text in texts() for word in WORDS.finditer(text)]
        self.assertFalse(found, "Name who or what it is:\n" + "\n".join(found))
