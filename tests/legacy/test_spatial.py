"""Shapes of PostGIS and of MySQL: GeoDjango's where its libraries are, the server's text without them."""

import pytest

from ..adopting import probe
from ..commands import manage
from ..legacies import make

TOWNS = {
    "postgresql": """
reset role; create extension postgis; set role app;
create table towns (id int primary key, name varchar(9), at geometry(Point, 4326) not null, area geometry,
    reach geography, curve geometry);
insert into towns values
    (1, 'Kiel', 'SRID=4326;POINT(10.139444444444445 54.32333333333333)', 'SRID=4326;POLYGON((0 0, 1 0, 1 1, 0 0))',
     'POINT(10 54)', 'CIRCULARSTRING(0 0, 1 1, 2 0)'),
    (2, 'Lyon', 'SRID=4326;POINT(4.84 45.76)', null, null, null);
""",
    "mysql": """
create table towns (id int primary key, name varchar(9), at point not null, area polygon, reach geometry, curve geometry);
insert into towns values
    (1, 'Kiel', st_geomfromtext('POINT(10.139444444444445 54.32333333333333)'),
     st_geomfromtext('POLYGON((0 0, 1 0, 1 1, 0 0))'), st_geomfromtext('POINT(10 54)'),
     st_geomfromtext('POINT(1 2)', 4326)),
    (2, 'Lyon', st_geomfromtext('POINT(4.84 45.76)'), null, null, null);
""",
}


@pytest.mark.long
def test_shapes_are_geodjangos_where_its_libraries_are(project, tmp_path, request):
    folder = project()
    for engine, alias in (("postgresql", "towns"), ("mysql", "villages")):
        legacy = make(engine, TOWNS[engine], tmp_path, request, alias)
        env = legacy.variables(alias) | {f"{alias.upper()}_DATABASE_SPATIAL": "true"}
        manage(folder, "adopt_legacy", alias, *legacy.options, "--writable", env=env)
        generated = (folder / "my_project" / alias / "generated.py").read_text()
        assert "at = PointField(srid=" in generated
        assert (
            "curve = ReadOnlyTextField(" in generated or "curve = GeometryTextField(" in generated
        )
        assert probe(folder, "shapes", alias) == {
            "is a point": True,
            "found": ["Kiel"],
            "inside": ["Lyon"],
            "list": 200,
            "row": 200,
            "saved": True,
        }
        assert "No drift" in manage(folder, "check_legacy_models", alias).stdout
