"""Trees of tenants are built, moved and read, also from objects that were read from a replica."""

from contextlib import nullcontext

from manydb.replicas import use_replica

from ..case import SITES, Checked, PackageCase
from .models import Genre


class Mptt(Checked, PackageCase):
    def test_a_tree_is_built_and_moved(self) -> None:
        for context in (nullcontext, use_replica):
            for site in SITES:
                with self.subTest(f"{site.host} {context.__name__}"), site.active():
                    Genre.objects.all().delete()
                    rock = Genre.objects.create(name="Rock")
                    Genre.objects.create(name="Blues")
                    for name in ("Hard", "Soft"):
                        with context():
                            parent = Genre.objects.get(name="Rock")
                        Genre.objects.create(name=name, parent=parent)
                    with context():
                        soft, blues = (Genre.objects.get(name=n) for n in ("Soft", "Blues"))
                    soft.move_to(blues, "first-child")
                    soft.name = "Softer"
                    soft.save()
                    rock.refresh_from_db()
                    self.assertEqual([g.name for g in rock.get_descendants()], ["Hard"])
                    self.assertEqual([g.name for g in soft.get_ancestors()], ["Blues"])
                    with context():
                        hard = Genre.objects.get(name="Hard")
                    hard.delete()
                    Genre.objects.rebuild()
                    self.assertEqual(
                        sorted(g.name for g in Genre.objects.all()), ["Blues", "Rock", "Softer"]
                    )
