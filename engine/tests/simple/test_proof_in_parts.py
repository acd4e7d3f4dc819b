"""Models of many tables are tried in parts, with the outcome of one: all classes at once take too much memory."""

import gc
from typing import Any
from unittest.mock import patch

from django.db import connections, models

from engine.tests.attic import AtticCase
from manydb.legacy import parts, proof
from manydb.legacy.writing import Written, write

RELATED = """
create table person (id int not null primary key, boss int, code varchar(9) not null unique,
    foreign key (boss) references person (id));
create table employee (id int not null primary key, pet int, foreign key (id) references person (id));
create table manager (id int not null primary key, foreign key (id) references employee (id));
create table orders (shop int not null, number int not null, manager_id int, primary key (shop, number),
    foreign key (manager_id) references manager (id));
create table parcel (id int not null primary key, shop int, number int, code varchar(9), manager_id int,
    foreign key (shop, number) references orders (shop, number),
    foreign key (code) references person (code), foreign key (manager_id) references manager (id));
create table pet (id int not null primary key, owner int, parcel int unique,
    foreign key (owner) references employee (id), foreign key (parcel) references parcel (id));
create table vet (id int not null primary key, pet int, foreign key (pet) references pet (id));
create view people as select code from person;
insert into person values (1, null, 'ada'); insert into employee values (1, null); insert into manager values (1);
insert into orders values (1, 1, 1); insert into parcel values (1, 1, 1, 'ada', 1);
insert into pet values (1, 1, 1); insert into vet values (1, 1);
"""


class ProofInParts(AtticCase):
    def setUp(self) -> None:
        super().setUp()
        self.make(RELATED)

    def written(self, size: int) -> tuple[Written, int]:
        """What is written with parts of this size, and how many classes there were at most."""
        there = [0]
        errors = proof._errors

        def counted(made: Any, alias: str) -> Any:
            classes = [*models.Model.__subclasses__()]
            there.append(sum(each.__module__.startswith("manydb.legacy") for each in classes))
            return errors(made, alias)

        with patch.object(parts, "SIZE", size), patch.object(proof, "_errors", counted):
            return write(connections["attic"], lambda *progress: None), max(there)

    def test_parts_of_any_size_give_the_same_models(self) -> None:
        together, all_of_them = self.written(100)
        self.assertIn('from_fields=("shop", "number")', together.source)
        gc.collect()
        at_most = {}
        for size in (1, 3):
            with self.subTest(size=size):
                in_parts, at_most[size] = self.written(size)
                self.assertEqual(in_parts, together)
        self.assertGreater(all_of_them, at_most[1])

    def test_a_model_that_fails_in_its_part_is_left_out_and_no_other(self) -> None:
        errors = proof._errors

        def fails(made: Any, alias: str) -> Any:
            return ["it is wrong"] if made._meta.db_table == "manager" else errors(made, alias)

        with patch.object(parts, "SIZE", 3), patch.object(proof, "_errors", fails):
            source = write(connections["attic"], lambda *progress: None).source
        self.assertIn("# Left out: manager: it is wrong.", source)
        self.assertEqual(source.count("\nclass "), 7)
