"""Ends the commands of a tenant's life at every line of theirs, in a project, and looks at what is left.

``python killed.py WAY EVERY``: WAY is ``kill`` (SIGKILL) or ``fail`` (an exception) when a line of the code is
reached for the first time; EVERY n takes each n-th of these lines only. Prints one JSON object: for each command,
how many lines there are, at how many it was ended, and what was wrong then.
"""

import json
import sys

from django.test import override_settings
from left import SERVERS, done, nobodys, register, run
from lives import (
    OUT,
    Back,
    Birth,
    BirthOfSpare,
    Drop,
    DumpAll,
    DumpAndDrop,
    Move,
    Preparation,
    Replace,
    RestoreAll,
)

EVERY = int(sys.argv[2])


def drive(case: "Birth | Move") -> dict[str, object]:
    """Ends a case at one line after another."""
    override_settings(TENANT_SPARES=case.spares).enable()
    case.undo()
    words = case.words
    lines = int(done(words))
    case.undo()
    before = nobodys()
    wrong, ended = [], 0
    for at in range(1, lines + 1, EVERY):
        words = case.words
        code, _ = run(words, at)
        ended += code != 0
        try:
            case.look(at)
            case.again(at)
            case.verify()
        except AssertionError as error:
            wrong.append(f"{words} at line {at}: {error}")
        case.undo()
        if found := nobodys() - before:
            wrong.append(f"{words} at line {at} left {found}")
    return {"lines": lines, "ended": ended, "wrong": wrong}


for name in ("old", "newborn"):  # of an earlier run in this project
    run(f"drop_tenant {name} --yes")
OUT.unlink(missing_ok=True)
done("create_tenant old")
register("old", "one", "two", "three")
done(f"dump_tenant old {OUT}")
cases: "dict[str, Birth | Move]" = {
    "create_tenant": Birth("create_tenant newborn --wait 0", 0),
    "create_tenant of a spare": BirthOfSpare("create_tenant newborn --wait 0", 0),
    "prepare_tenants": Preparation(),
    "clone_tenant": Birth("clone_tenant old newborn --wait 0", 3),
    "restore_tenant": Birth(f"restore_tenant {OUT} --name newborn --wait 0", 3),
    "drop_tenant": Drop(),
    "drop_tenant --dump": DumpAndDrop(),
    "dump_tenant --all": DumpAll(),
    "restore_tenant --all": RestoreAll(),
}
if len(SERVERS) > 1:
    cases["move_tenant"] = Move()
    cases["move_tenant --back"] = Back()
result = {name: drive(case) for name, case in cases.items()}
run("drop_tenant newborn --yes")
result["restore_tenant --replace"] = drive(Replace())
print(json.dumps(result, indent=2))
