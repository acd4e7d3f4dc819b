"""Rows are imported and exported in the admin of each tenant."""

import tablib
from django.core.files.uploadedfile import SimpleUploadedFile
from import_export.resources import modelresource_factory

from ..case import SITES, Checked, PackageCase, PackageTransactionCase, Site
from .models import Author, Book

ADMIN = "/admin/with_import_export"


class ImportExport(Checked, PackageCase):
    def import_file(self, site: Site, model: str, csv: str) -> None:
        client = self.admin_of(site)
        sent = {"import_file": SimpleUploadedFile("rows.csv", csv.encode()), "format": "0"}
        shown = self.ok(client.post(f"{ADMIN}/{model}/import/", sent))
        form = shown.context["confirm_form"]
        self.ok(client.post(f"{ADMIN}/{model}/process_import/", form.initial), 302)

    def test_what_is_imported_is_exported(self) -> None:
        for number, site in enumerate(SITES):
            self.import_file(site, "author", f"id,name\n,Ada {number}\n")
            with site.active():
                author = Author.objects.get()
            self.assertEqual(author.name, f"Ada {number}")
            self.import_file(
                site, "book", f"id,title,author\n,Notes,{author.pk}\n,Poems,{author.pk}\n"
            )
            export = self.admin_of(site).post(f"{ADMIN}/book/export/", {"format": "0", **FIELDS})
            rows = self.ok(export).content.decode().splitlines()
            self.assertEqual({row.split(",")[1] for row in rows}, {"title", "Notes", "Poems"})

    def test_an_import_changes_rows_that_are_there(self) -> None:
        for site in SITES:
            with site.active():
                author = Author.objects.create(name="Ada")
            self.import_file(site, "author", f"id,name\n{author.pk},Ada Lovelace\n")
            with site.active():
                self.assertEqual([a.name for a in Author.objects.all()], ["Ada Lovelace"])


FIELDS = {"resource": "0", "bookresource_id": "on", "bookresource_title": "on"}


class Transactions(PackageTransactionCase):
    def test_an_import_that_fails_leaves_no_row(self) -> None:
        """IMPORT_EXPORT_USE_TRANSACTIONS is about the database that the router names."""
        rows = tablib.Dataset(
            ["", "First", 1], ["", "Second", 2], headers=["id", "title", "author"]
        )
        for site in SITES:
            with site.active():
                Author.objects.create(pk=1, name="Ada")
                resource = modelresource_factory(Book)()
                result = resource.import_data(rows, use_transactions=True)
                self.assertTrue(result.has_errors())
                self.assertEqual(Book.objects.count(), 0)
