"""Trees of all three kinds, of each tenant, also from nodes that were read from a replica."""

from contextlib import nullcontext

from manydb.replicas import use_replica

from ..case import SITES, Checked, PackageCase
from .models import Adjacent, Nested, Path


class Treebeard(Checked, PackageCase):
    def test_a_tree_is_built_moved_and_read(self) -> None:
        for model in (Path, Nested, Adjacent):
            for context in (nullcontext, use_replica):
                for site in SITES:
                    with (
                        self.subTest(f"{model.__name__} {site.host} {context.__name__}"),
                        site.active(),
                    ):
                        for root in model.get_root_nodes():
                            root.delete()
                        model.add_root(name="Rock").add_child(name="Hard")
                        model.add_root(name="Blues")
                        with context():
                            rock, blues = (
                                model.objects.get(name="Rock"),
                                model.objects.get(name="Blues"),
                            )
                        soft = rock.add_child(name="Soft")
                        model.objects.get(pk=soft.pk).move(blues, "sorted-child")
                        with context():
                            names = [node.name for node in model.get_tree()]
                        self.assertEqual(names, ["Blues", "Soft", "Rock", "Hard"])
                        hard = model.objects.get(name="Hard")
                        self.assertEqual([node.name for node in hard.get_ancestors()], ["Rock"])
                        with context():
                            hard = model.objects.get(name="Hard")
                        hard.delete()
                        self.assertEqual(
                            [n.name for n in model.get_tree()], ["Blues", "Soft", "Rock"]
                        )

    def test_its_admin_adds_and_shows_the_tenants_nodes(self) -> None:
        for site in SITES:
            client = self.admin_of(site)
            sent = {
                "name": f"of {site.host}",
                "treebeard_position": "sorted-child",
                "treebeard_ref_node": "",
            }
            self.ok(client.post("/admin/with_treebeard/path/add/", sent), 302)
        for site in SITES:
            page = self.admin_of(site).get("/admin/with_treebeard/path/")
            for other in SITES:
                shown = self.assertContains if other is site else self.assertNotContains
                shown(page, f"of {other.host}")
