"""The pooling presets as dictionaries, and what their modules do when they are imported."""

import os
from pathlib import Path

import pytest

from .presets import PRESETS, each_preset, only, preset_of

# Each would pin RDS Proxy's connection, reach other clients of PgBouncer, be refused or ignored.
FORBIDDEN = {"options", "pool", "init_command", "sql_mode", "assume_role", "server_side_binding"}
FORBIDDEN |= {"prepare_threshold", "read_timeout", "charset", "pool_size", "max_overflow"}


@each_preset
def test_every_call_gives_fresh_dictionaries(preset):
    for make in (preset.pooled, preset.direct):
        make()["OPTIONS"]["mine"] = make().setdefault("TEST", {})["mine"] = True
        make()["OPTIONS"].get("ssl", {})["mine"] = True
        assert "mine" not in make()["OPTIONS"] and "TEST" not in make()
        assert "mine" not in make()["OPTIONS"].get("ssl", {})


@each_preset
def test_direct_settings_replace_all_that_pooled_ones_set(preset):
    assert preset.direct().keys() == preset.pooled().keys()
    assert preset.direct()["CONN_MAX_AGE"] == 0


@each_preset
def test_nothing_that_pins_or_leaks_is_set(preset):
    for settings in (preset.pooled(), preset.direct()):
        assert FORBIDDEN & settings["OPTIONS"].keys() == set()
        assert settings["OPTIONS"]["connect_timeout"] <= 10
        assert "ATOMIC_REQUESTS" not in settings


@each_preset
def test_a_kept_connection_is_checked_and_asgi_keeps_none(preset):
    assert 0 < preset.pooled()["CONN_MAX_AGE"] < 1800  # the proxy's own limit on idle clients
    assert preset.pooled()["CONN_HEALTH_CHECKS"] is True
    assert preset.pooled(max_age=0)["CONN_MAX_AGE"] == 0


@each_preset
def test_tls_is_verified_unless_it_is_given_up(preset, engine):
    mode, strict = {
        "mysql": ("ssl_mode", "VERIFY_IDENTITY"),
        "postgresql": ("sslmode", "verify-full"),
    }[engine]
    for make in (preset.pooled, preset.direct):
        assert make()["OPTIONS"][mode] == strict
        assert "/my/authority.pem" in str(make(ca_file="/my/authority.pem")["OPTIONS"])
        assert "ssl" not in str(make(tls=False)["OPTIONS"])


@pytest.mark.parametrize(("engine", "pooling"), PRESETS[3:])  # MySQL has no such cursors
def test_a_pooler_gets_no_cursors_that_outlive_a_statement(preset):
    assert preset.pooled()["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert preset.direct()["DISABLE_SERVER_SIDE_CURSORS"] is False


def test_ports_are_those_that_each_way_listens_on():
    ports = {}
    for engine, pooling in PRESETS:
        preset = preset_of(engine, pooling)
        ports[engine, pooling] = (preset.PORT, preset.DIRECT_PORT)
    assert ports == {
        ("mysql", "none"): (3306, 3306),
        ("mysql", "rds_proxy"): (3306, 3306),
        ("postgresql", "none"): (5432, 5432),
        ("postgresql", "rds_proxy"): (5432, 5432),
        ("postgresql", "pgbouncer"): (6432, 5432),
    }


@only("postgresql", "rds_proxy")
def test_rds_proxy_preset_sets_the_time_zone_before_anything_connects(preset):
    assert os.environ["PGTZ"] == "UTC"


@each_preset
def test_no_preset_reads_the_settings(preset):
    """They are imported while settings load, when there is nothing to read yet."""
    source = Path(preset.__file__).read_text()
    assert "django.conf" not in source and "import django" not in source
