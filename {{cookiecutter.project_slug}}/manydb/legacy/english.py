"""Singular and plural of the English words in names of tables: what is doubtful stays as it is.

Libraries were tried. ``inflect`` makes ``bu`` of bus, ``analysi`` of analysis and ``indice`` of indices;
``inflection`` makes ``bonu`` and ``cach``, and had its last release in 2020. A class keeps its name for years.
"""

import re

_IRREGULAR = {
    "people": "person",
    "persons": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "feet": "foot",
    "teeth": "tooth",
    "mice": "mouse",
    "geese": "goose",
    "criteria": "criterion",
    "phenomena": "phenomenon",
    "analyses": "analysis",
    "bases": "basis",
    "crises": "crisis",
    "diagnoses": "diagnosis",
    "hypotheses": "hypothesis",
    "theses": "thesis",
    "synopses": "synopsis",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "appendices": "appendix",
    "quizzes": "quiz",
    "menus": "menu",
    "knives": "knife",
    "lives": "life",
    "wives": "wife",
    "shelves": "shelf",
    "halves": "half",
    "leaves": "leaf",
    "wolves": "wolf",
    "thieves": "thief",
    "loaves": "loaf",
    "cookies": "cookie",
    "movies": "movie",
    "zombies": "zombie",
    "ties": "tie",
    "pies": "pie",
    "caches": "cache",
    "headaches": "headache",
    "aliases": "alias",
    "biases": "bias",
    "atlases": "atlas",
    "canvases": "canvas",
    "gases": "gas",
    "lenses": "lens",
    "axes": "axis",
    "potatoes": "potato",
    "tomatoes": "tomato",
    "heroes": "hero",
    "echoes": "echo",
    "vetoes": "veto",
}
# One word for one and for many, or no word for one.
_SAME = re.compile(
    "data|metadata|media|news|series|species|staff|stock|equipment|information|info|hardware|software"
    "|firmware|money|feedback|content|goods|sms|gps|dns|https|means|headquarters|has|was|pants|scissors"
    "|mathematics|physics|economics|politics|statistics|analytics|logistics|ethics|electronics|graphics"
    "|basics|diabetes"
)
# Of one, whatever they end in.
_SINGULAR = ("lens", "canvas", "gas", "bias", "atlas", "alias")
_IRREGULAR_PLURAL = {one: many for many, one in _IRREGULAR.items() if many != "persons"}
_ONE = "ss", "us", "is", "as"  # address, bonus, analysis, atlas: endings of one, seldom of many
_MANY_AS = (
    "areas",
    "cameras",
    "formulas",
    "ideas",
    "quotas",
    "schemas",
    "visas",
    "agendas",
    "dramas",
)
_ES = re.compile(r"(?:ss|sh|ch|x|zz)es$")
_USES = re.compile(r"(?:tus|nus|pus|bus|cus|rus|mus|sus|gus|ius)es$")  # statuses, bonuses, viruses


def singular(word: str) -> str:
    """One of what ``word``, in lower case, names many of; the word itself if that is not certain."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if (
        word in _SINGULAR
        or _SAME.fullmatch(word)
        or len(word) < 4
        or not word.endswith("s")
        or not word.isascii()
    ):
        return word
    if word in _MANY_AS:
        return word[:-1]
    if word.endswith(_ONE):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > 4 else word[:-1]
    if _ES.search(word) or _USES.search(word):
        return word[:-2]
    return word[:-1]


def plural(word: str) -> str:
    """Many of what ``word``, in lower case, names one of; the word itself if it is a plural already."""
    if word in _IRREGULAR_PLURAL:
        return _IRREGULAR_PLURAL[word]
    if _SAME.fullmatch(word) or word in _IRREGULAR or singular(word) != word:
        return word
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(?:s|sh|ch|x|z)$", word) else f"{word}s"


def plural_of_last(words: str) -> str:
    """``order detail`` becomes ``order details``."""
    before, space, last = words.rpartition(" ")
    return f"{before}{space}{plural(last)}"
