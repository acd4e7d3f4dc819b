"""A signature is good for its text, its purpose and the secrets of now."""

from django.test import SimpleTestCase, override_settings

from manydb.core.signing import WHOLE, is_signed, signature


class Signatures(SimpleTestCase):
    def test_what_counts(self) -> None:
        with override_settings(SECRET_KEY="first", SECRET_KEY_FALLBACKS=[]):
            given = signature("sessions", "acme:1", WHOLE)
            self.assertEqual(len(given), 2 * WHOLE)
            self.assertTrue(is_signed("sessions", "acme:1", given, WHOLE))
            for salt, text, other in (
                ("positions", "acme:1", given),
                ("sessions", "acme:2", given),
                ("sessions", "acme:1", given[:-1]),
                ("sessions", "acme:1", given[:-1] + "\udcff"),
                ("sessions", "acme:1", ""),
            ):
                with self.subTest(salt=salt, text=text, given=other):
                    self.assertFalse(is_signed(salt, text, other, WHOLE))
        with override_settings(SECRET_KEY=b"second", SECRET_KEY_FALLBACKS=["first"]):
            self.assertTrue(is_signed("sessions", "acme:1", given, WHOLE))
            self.assertNotEqual(signature("sessions", "acme:1", WHOLE), given)
        with override_settings(SECRET_KEY="second", SECRET_KEY_FALLBACKS=[]):
            self.assertFalse(is_signed("sessions", "acme:1", given, WHOLE))
