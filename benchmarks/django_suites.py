"""Django's own tests of models and queries, with ReplicaRouter: python -m benchmarks.django_suites

``default`` and its replica share one connection, as in a project's tests. What fails with this router is
compared with what fails with one that reads from the replica and does nothing else: those failures are in
the nature of a replica. The tests come with Django's source distribution, which is downloaded for the
version that is installed.
"""

import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import django

from tests.commands import environment

from .frame import INSIDE, Verdicts, package, projects, short

# Of models, queries, transactions and what is made of them: forms, fixtures and the like.
SUITES = """
    aggregation aggregation_regress annotations async basic bulk_create composite_pk constraints
    contenttypes_tests custom_columns custom_lookups custom_managers custom_methods custom_pk
    datatypes dates datetimes db_functions defer defer_regress delete delete_regress
    distinct_on_fields empty empty_models expressions expressions_case expressions_window
    extra_regress field_defaults filtered_relation fixtures fixtures_regress force_insert_update
    foreign_object from_db_value generic_relations generic_relations_regress get_earliest_or_latest
    get_object_or_404 get_or_create indexes inspectdb introspection known_related_objects lookup
    m2m_and_m2o m2m_intermediary m2m_multiple m2m_recursive m2m_regress m2m_signals m2m_through
    m2m_through_regress m2o_recursive many_to_many many_to_one many_to_one_null max_lengths
    model_enums model_fields model_forms model_formsets model_formsets_regress model_indexes
    model_inheritance model_inheritance_regress model_meta model_options model_package model_regress
    model_utils multiple_database mutually_referential nested_foreign_keys null_fk null_fk_ordering
    null_queries one_to_one or_lookups order_with_respect_to ordering pagination prefetch_related
    properties proxy_models queries queryset_pickle raw_query reserved_names reverse_lookup
    save_delete_hooks schema select_for_update select_related select_related_onetoone
    select_related_regress serializers signals string_lookup swappable_models timezones
    transaction_hooks transactions unmanaged_models update update_only_fields validation xor_lookups
""".split()
FEW = ["basic", "queries", "get_or_create", "prefetch_related", "transactions"]
FAILED = re.compile(r"^(?:FAIL|ERROR): (\S+) \(([\w.]+)\)", re.MULTILINE)
RAN = re.compile(r"^Ran (\d+) tests", re.MULTILINE)

# Failures that are ours alone, and why each is right.
EXPECTED = {
    "raw_query.tests.RawQueryTests.test_rawqueryset_repr": "a RawQuerySet of no model has no home",
}


def main() -> None:
    suites = FEW if short(__doc__) else SUITES
    verdicts = Verdicts()
    with projects() as rendered, tempfile.TemporaryDirectory(prefix="django-") as folder:
        project = rendered(router="replica", legacy_models="false")
        tests = _tests(Path(folder))
        found = {
            router: _failures(tests, project, router, [s for s in suites if (tests / s).is_dir()])
            for router in ("plain", "naive", "ours")
        }
    ran, _ = found["ours"]
    failures = {router: failed for router, (_, failed) in found.items()}
    print(f"{ran} tests of {len(suites)} suites of Django {django.__version__}")
    for router, failed in failures.items():
        print(f"  {len(failed):4} failed with {_NAMES[router]}")
    ours_alone = failures["ours"] - failures["naive"] - failures["plain"]
    for test in sorted(ours_alone):
        print(f"  only with ours: {test}: {EXPECTED.get(test, 'NOT EXPLAINED')}")
    unexplained = len(ours_alone - set(EXPECTED))
    verdicts.judge("failures that only this router causes, unexplained", unexplained, "at most", 0)
    verdicts.end()


_NAMES = {
    "plain": "no router",
    "naive": "a router that reads from the replica",
    "ours": "ReplicaRouter",
}


def _tests(folder: Path) -> Path:
    """The tests of the Django that is installed, from its source distribution."""
    version = django.__version__
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
            *("--no-binary", "django", f"django=={version}", "--dest", str(folder)),
        ],
        capture_output=True,
        text=True,
    )
    archives = list(folder.glob("*.tar.gz"))
    if done.returncode or not archives:
        sys.exit(f"The source of Django {version} can't be downloaded:\n{done.stderr}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    (tests,) = folder.glob("*/tests")
    return tests


def _failures(tests: Path, project: Path, router: str, suites: list[str]) -> tuple[int, set[str]]:
    done = subprocess.run(
        [
            *(sys.executable, "runtests.py", "--settings=django_suites_settings"),
            *("--parallel=1", "-v0", *suites),
        ],
        cwd=tests,
        env=environment(
            {
                "PYTHONPATH": f"{INSIDE}:{project}",
                "PROJECT": package(project),
                "ROUTER": router,
                "PYTHONDONTWRITEBYTECODE": "1",
            }
        ),
        capture_output=True,
        text=True,
    )
    ran = RAN.search(done.stderr)
    if ran is None:
        sys.exit(f"Django's tests did not run:\n{done.stdout}{done.stderr}")
    return int(ran[1]), {where for _, where in FAILED.findall(done.stderr)}


if __name__ == "__main__":
    main()
