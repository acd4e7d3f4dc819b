"""Refuses bad answers that come without a question: those of a replay file.

At the prompts and on the command line each answer is refused as soon as it is given (the
``__…_checked`` variables of cookiecutter.json). A replay file is not asked, only rendered.
"""

import json
import sys

REFUSED: dict[str, str] = json.loads(r"""{{ cookiecutter | problems | tojson }}""")

if REFUSED:
    # Cookiecutter adds a traceback of its own below: the sentences must stand out above it.
    sentences = "\n".join(f"  * {sentence}" for sentence in REFUSED.values())
    sys.exit(f"\nThese answers cannot be used, and nothing was rendered:\n\n{sentences}\n")
