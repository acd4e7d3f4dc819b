"""Tables and columns that are named as Python or SQL would not allow: read, changed and shown, or refused by name."""

from typing import Any

from django.db.models import Count, F, Max

from engine.tests.attic import AtticCase

NAMES = (
    "a'b",
    'a"b',
    "a`b",
    "%",
    "a%sb",
    "a%(x)s",
    "a{b}",
    "{% if %}",
    "a\\b",
    "a\\",
    "a\nb",
    "日本",
    "ﬁle",
    "İ",
    "select",
    "class",
    "mro",
    "_meta",
    "n" * 63,
    "x.y",
    "a;--b",
    "a'''b",
    "🙂",
    "\x01",
    "?",
)
PAGES = ("a'b", "%%", "a%%sb", "a\\", "select", "\x01", "ref_5")


class OddNames(AtticCase):
    def quoted(self, name: str) -> str:
        quote = "`" if self.engine == "mysql" else '"'
        return quote + name.replace(quote, quote * 2) + quote

    def made(self) -> set[str]:
        """Makes two tables for each name that this server takes, and gives those names with a quote character of its."""
        names = [name for name in NAMES if self.engine != "mysql" or name != "🙂"]
        statements = []
        for number, name in enumerate(names):
            it = self.quoted(name)
            statements += [
                f"create table {it} (id int not null primary key, {it} varchar(20) not null unique)",
                f"insert into {it} values (1, 'one')",
                f"create table ref_{number} ({it} varchar(20) not null primary key,"
                f" foreign key ({it}) references {it} ({it}))",
                f"insert into ref_{number} values ('one')",
            ]
        self.make("; ".join(statements) + ";")
        quote = "`" if self.engine == "mysql" else '"'
        return {name for name in names if quote in name}

    def test_every_name_is_read_changed_and_shown_or_refused_by_name(self) -> None:
        refused = self.made()
        source, _ = self.inspect()
        with self.installed() as models:
            for model in models:
                with self.subTest(model._meta.db_table):
                    self.use(model)
                    if model._meta.db_table in PAGES:
                        self.assertEqual(self.list_of(model).status_code, 200)
        self.assertEqual(len(models), source.count("\nclass "))
        quote = "`" if self.engine == "mysql" else '"'
        for name in refused:
            self.assertIn(
                f"{name}: its name contains {quote}, which Django does not escape", source
            )
        self.assertIn(
            f"ref_{NAMES.index(min(refused))}: its column {min(refused)} contains {quote}", source
        )
        self.assertIn("has % in the name of a column, which Django's joins do not escape", source)
        self.assertEqual(self.inspect()[0], source)

    def use(self, model: Any) -> None:
        row = model.objects.get()
        row.save(force_update=True)
        for field in model._meta.concrete_fields:
            self.assertEqual(model.objects.get(**{field.name: getattr(row, field.name)}), row)
            found = model.objects.values(field.name).annotate(
                number=Count("*"), most=Max(F(field.name))
            )
            self.assertEqual(found.get()["number"], 1)
            if field.is_relation:
                self.assertEqual(model.objects.select_related(field.name).get(), row)
                self.assertTrue(model.objects.filter(**{f"{field.name}__pk": 1}).exists())
