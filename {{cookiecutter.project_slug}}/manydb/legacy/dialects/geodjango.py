"""Columns of GeoDjango, where the alias has one of its backends: what they hold, and the field for that."""

import re
from typing import Any

from manydb.legacy.choices import Field, custom
from manydb.legacy.tables import Column

IS_SHAPE = "GeometryField"  # what GeoDjango's introspection says of them all
_FIELDS = "django.contrib.gis.db.models"
_DECLARED = re.compile(
    r"(?:(?P<schema>.+)\.)?(?P<type>geometry|geography)(?:\((?P<shape>\w+?)(?P<z>z?)m?(?:,(?P<srid>\d+))?\))?",
    re.IGNORECASE,
)
_SYSTEMS = (0, 4326, 3857)  # that are tried where the column names none
# GEOS, which reads the values, knows no curves and no measures.
_UNKNOWN = "circularstring compoundcurve curvepolygon multicurve multisurface polyhedralsurface tin triangle"
_SHAPES = "Point LineString Polygon MultiPoint MultiLineString MultiPolygon GeometryCollection"


def of_postgis(column: Column) -> dict[str, str]:
    declared = _DECLARED.fullmatch(column.type)
    if declared is None:
        return {}
    place = f"{declared['schema']}." if declared["schema"] else ""
    shape = f":c::{place}geometry" if declared["type"].lower() == "geography" else ":c"
    unknown = ", ".join(f"'{name}'" for name in _UNKNOWN.upper().split())
    asked = {f"not {srid}": f"{place}ST_SRID({shape}) <> {srid}" for srid in _SYSTEMS}
    asked["unknown"] = (
        f"{place}GeometryType({shape}) IN ({unknown}) OR {place}ST_Zmflag({shape}) IN (1, 3)"
    )
    return asked


def for_postgis(column: Column) -> Field:
    declared = _DECLARED.fullmatch(column.type)
    fitting = [srid for srid in _SYSTEMS if f"not {srid}" not in column.seen]
    if not declared or "unknown" in column.seen or not (declared["srid"] or fitting):
        return custom("ReadOnlyTextField")
    is_geography = declared["type"].lower() == "geography"
    srid = int(declared["srid"] or (4326 if is_geography else fitting[0]))
    more: dict[str, Any] = {"geography": True} if is_geography else {}
    more |= {"dim": 3} if declared["z"] else {}
    return shape_field(declared["shape"] or "", srid=srid, **more)


def shape_field(shape: str, srid: int, **arguments: Any) -> Field:
    """The field of this shape, or of any. Forms show it, as they do all that is not typed in."""
    known = {name.lower(): name for name in _SHAPES.split()}
    name = known.get(shape.lower(), "Geometry")
    return Field(
        f"{_FIELDS}.{name}Field",
        # None is -1 to Django, which would have the server change a value that has no system into 0.
        {"srid": srid or -1, **arguments, "spatial_index": False, "editable": False},
    )
