"""A short run of benchmarks/replicas.py: writes of all forms while replay is in disorder, and a replica that is killed."""

from benchmarks.frame import Verdicts
from benchmarks.replicas import after_a_while, for_load, in_disorder, killed, make_routines

from ..production import serving


def test_under_load_no_read_is_stale_and_no_request_fails(site):
    verdicts = Verdicts()
    make_routines(site.primary, site.database, of_tenant=site.slug == "pair_tenant")
    log = site.scratch / "gunicorn"
    with serving(site.folder, log, for_load(site.folder, site.env), f"{site.slug}.wsgi") as place:
        in_disorder(verdicts, site.slug, site.engine, place, site.replica, 240, others=0.5)
        after_a_while(verdicts, site.engine, place, site.replica, 40)
        killed(verdicts, site.engine, place, site.replica, 0.5)
    assert not verdicts.missed
