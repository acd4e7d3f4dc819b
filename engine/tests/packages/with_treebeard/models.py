from django.db import models
from treebeard.al_tree import AL_Node
from treebeard.mp_tree import MP_Node
from treebeard.ns_tree import NS_Node


class Path(MP_Node):
    name = models.CharField(max_length=50)
    node_order_by = ["name"]

    def __str__(self) -> str:
        return self.name


class Nested(NS_Node):
    name = models.CharField(max_length=50)
    node_order_by = ["name"]


class Adjacent(AL_Node):
    name = models.CharField(max_length=50)
    parent = models.ForeignKey("self", models.CASCADE, related_name="children_set", null=True)
    node_order_by = ["name"]
