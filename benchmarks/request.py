"""A whole empty request with 10,000 tenants in the catalog: python -m benchmarks.request

Compared with the same project that has one database and no more. For scale: the same 10,000 written into
DATABASES, as peers do that register every tenant they meet.
"""

from pathlib import Path

from .frame import Verdicts, inside, on_sqlite, projects, short

ONE = """

DATABASES = {"default": DATABASES["default"]}
"""
EAGER = """

DATABASES = dict(DATABASES) | {f"X{n}": {**DATABASES["default"]} for n in range(TENANTS)}
"""


def variant(project: Path, env: dict[str, str], name: str, text: str) -> dict[str, str]:
    """The environment for these settings with a change of DATABASES."""
    package = env["DJANGO_SETTINGS_MODULE"].partition(".")[0]
    settings = (
        f"from . import development\n\nfor name in filter(str.isupper, dir(development)):\n"
        f"    globals()[name] = getattr(development, name)\n{text}"
    )
    (project / package / "settings" / f"{name}.py").write_text(settings)
    return {**env, "DJANGO_SETTINGS_MODULE": f"{package}.settings.{name}"}


def main() -> None:
    is_short = short(__doc__)
    rounds, tenants, repeats = (500, 2000, 7) if is_short else (3000, 10_000, 7)
    verdicts = Verdicts()
    with projects() as rendered:
        project = rendered(router="tenant")
        env = on_sqlite(project)
        inside(project, "catalog.py", env, tenants)
        one = variant(project, env, "one", ONE)
        eager = variant(project, env, "eager", EAGER.replace("TENANTS", str(tenants)))

        def measure(env: dict[str, str], handler: str) -> float:
            return float(inside(project, "request.py", env, rounds, handler)["seconds"])

        # In turns, so that what else the machine does falls on all alike.
        pairs = [(measure(one, "django"), measure(env, "ours")) for _ in range(repeats)]
        alone, lazily = (min(column) for column in zip(*pairs, strict=True))
        detail = f"{lazily * 1e6:.0f} and {alone * 1e6:.0f} µs"
        what = f"empty request with {tenants:,} catalog tenants, of one with a single alias"
        verdicts.judge(what, lazily / alone, "at most", 1.2, detail)
        rounds = 20
        registered = measure(eager, "django")
        print(f"       the same with them in DATABASES: {registered / alone:.0f} x")
    verdicts.end()


if __name__ == "__main__":
    main()
