"""The framework of manydb.patches: a change to Django that does not fit stops the process at its start."""

from functools import wraps
from unittest import mock

from django.test import SimpleTestCase

from manydb import patches
from manydb.core.patch_checks import check_versions
from manydb.exceptions import PatchFailed
from manydb.patches import Patch, Unexpected, expect, has, takes, uses


class Thing:
    def chain(self, klass=None): ...


class PatchTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(mock.patch.dict(patches.verified))

    def test_one_that_fits_is_listed(self):
        patch = Patch("example", tried=("5.2",), expects=lambda: has(Thing, "chain"))
        patch.verify()
        self.assertIs(patches.verified["example"], patch)

    def test_one_that_does_not_fit_says_which_what_and_what_to_do(self):
        patch = Patch("example", tried=("5.2", "6.1"), expects=lambda: has(Thing, "break"))
        message = r"manydb\.patches\.example does not fit Django \d.*Thing has break\. Install Django 5\.2 or 6\.1"
        with self.assertRaisesRegex(PatchFailed, message):
            patch.verify()
        self.assertNotIn("example", patches.verified)

    def test_whatever_expects_raises_is_a_refusal(self):
        for error in (
            AttributeError("gone"),
            ImportError("moved"),
            TypeError("other"),
            KeyError(1),
        ):
            with self.subTest(error=error):
                patch = Patch("example", tried=("5.2",), expects=mock.Mock(side_effect=error))
                with self.assertRaisesRegex(PatchFailed, type(error).__name__):
                    patch.verify()

    def test_an_instrument_around_a_function_is_looked_through(self):
        """Sentry stands around methods of Django and of packages, and does not always say so."""

        def chain(self, klass=None):
            return self.inner

        def around(original):
            def instrument(self, *args, **kwargs):
                return original(self, *args, **kwargs)

            return instrument

        for function in (chain, around(chain), around(around(chain)), wraps(chain)(around(chain))):
            takes(function, "self", "klass=None")
            uses(function, "inner")
            with self.assertRaises(Unexpected):
                uses(function, "outer")
            with self.assertRaises(Unexpected):
                takes(function, "self")

    def test_a_signature_is_compared_with_its_defaults(self):
        takes(Thing.chain, "self", "klass=None")
        for parameters in (("self",), ("self", "klass"), ("self", "klass=None", "other")):
            with (
                self.subTest(parameters=parameters),
                self.assertRaisesRegex(patches.Unexpected, "Thing.chain takes"),
            ):
                takes(Thing.chain, *parameters)

    def test_a_condition_says_what_was_expected(self):
        expect(True, "all is well")
        with self.assertRaisesRegex(patches.Unexpected, "it expects that all is well"):
            expect(False, "all is well")


class VersionTests(SimpleTestCase):
    def setUp(self):
        self.enterContext(mock.patch.dict(patches.verified, clear=True))
        Patch("second", tried=("5.2", "6.1"), expects=lambda: None).verify()
        Patch("first", tried=("5.2", "6.1"), expects=lambda: None).verify()

    def installed(self, version):
        return mock.patch("importlib.metadata.version", return_value=version)

    def test_versions_that_were_tried_and_older_ones_are_not_reported(self):
        for version in ("5.2.9", "6.0", "6.1.3", "6.1rc1", "4.2"):
            with self.subTest(version=version), self.installed(version):
                self.assertEqual(check_versions(None), [])

    def test_a_newer_one_is_one_warning_with_the_list_of_patches(self):
        for version in ("6.2", "6.10.1", "7.0a1"):
            with self.subTest(version=version), self.installed(version):
                (warning,) = check_versions(None)
                self.assertEqual(warning.id, "manydb.W001")
                self.assertIn(f"Django {version} is newer", warning.msg)
                self.assertIn("first, second", warning.msg)

    def test_distributions_are_reported_by_themselves(self):
        Patch("third", tried=("3.2",), of="psycopg", expects=lambda: None).verify()
        with self.installed("9.0"):
            self.assertEqual(len(check_versions(None)), 2)
