"""Commands with 10,000 tenants in the catalog: python -m benchmarks.commands

check, makemigrations --check and migrate --check, compared with two tenants, in processes of their own. With
any router Django's makemigrations opens every alias that it finds in DATABASES.
"""

import time

from tests.commands import manage

from .frame import Verdicts, inside, on_sqlite, projects, short

COMMANDS = (("check",), ("makemigrations", "--check"), ("migrate", "--check"))


def main() -> None:
    tenants, repeats = (2000, 3) if short(__doc__) else (10_000, 7)
    verdicts = Verdicts()
    with projects() as rendered:
        few, many = rendered(router="tenant"), rendered(router="tenant")
        env = on_sqlite(few)
        on_sqlite(many)
        inside(many, "catalog.py", env, tenants)
        for words in COMMANDS:
            seconds: dict[str, float] = {}
            for _ in range(repeats):  # in turns, so that other load falls on both
                for project in (few, many):
                    began = time.perf_counter()
                    manage(project, *words, env=env)
                    took = time.perf_counter() - began
                    seconds[str(project)] = min(took, seconds.get(str(project), took))
            two, thousands = seconds.values()
            what = f"{' '.join(words)} with {tenants:,} tenants, of the time with two"
            detail = f"{thousands:.2f} and {two:.2f} s"
            verdicts.judge(what, thousands / two, "at most", 1.2, detail)
    verdicts.end()


if __name__ == "__main__":
    main()
