"""A site with DBRouter: replicas are read where code names one."""

from ..databases import databases
from .base import *
from .base import ENGINE, HOST

DATABASES = databases(ENGINE, HOST)
DATABASE_ROUTERS = ["manydb.routers.DBRouter"]
