"""Files in a bucket: each tenant has a folder of its own there, and sees no other."""

from urllib.parse import urlsplit

import boto3
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from moto import mock_aws

from ..case import SITES, Checked, PackageCase, tenants_only


class Storages(Checked, PackageCase):
    def setUp(self) -> None:
        aws = mock_aws()
        aws.start()
        self.addCleanup(aws.stop)
        self.bucket = boto3.resource("s3").Bucket("media")
        self.bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})

    def keys(self) -> list[str]:
        return sorted(each.key for each in self.bucket.objects.all())

    def test_a_file_is_kept_found_and_removed(self) -> None:
        for site in SITES:
            with site.active():
                name = default_storage.save("a/b.txt", ContentFile(b"of " + site.alias.encode()))
                self.assertEqual(name, "a/b.txt")
                with default_storage.open(name) as file:
                    self.assertEqual(file.read(), b"of " + site.alias.encode())
                self.assertEqual(default_storage.listdir("a")[1], ["b.txt"])
                url = urlsplit(default_storage.url(name))
                self.assertIn("Signature", url.query)
                self.assertTrue(url.path.endswith("/a/b.txt"))
        self.assertEqual(len(self.keys()), len(SITES))
        for site in SITES:
            with site.active():
                default_storage.delete("a/b.txt")
                self.assertFalse(default_storage.exists("a/b.txt"))
        self.assertEqual(self.keys(), [])

    @tenants_only
    def test_a_tenants_folder_has_its_uuid_and_no_name_leads_out_of_it(self) -> None:
        from manydb.tenants.context import current_identity

        first, second = SITES
        with first.active():
            default_storage.save("secret.txt", ContentFile(b"secret"))
            self.assertEqual(self.keys(), [f"{current_identity()}/secret.txt"])
            folder = current_identity()
        with second.active():
            self.assertFalse(default_storage.exists("secret.txt"))
            for name in (f"../{folder}/secret.txt", f"/{folder}/secret.txt"):
                with self.assertRaises(SuspiciousFileOperation):
                    default_storage.open(name)
