"""The owner of a shop's database lives with it for years, and never edits one thing twice."""

import json
import re
import sqlite3

import pytest

from ..adopting import adopt, tree
from ..commands import manage
from ..legacies import Legacy, make

SHOP = """
create table oc_customers (customer_id integer primary key, nm1 varchar(40), nm2 varchar(40), eml varchar(80));
create table oc_addresses (address_id integer primary key, cust integer not null, str varchar(80), zp varchar(9));
create table oc_categories (category_id integer primary key, ttl varchar(40));
create table oc_products (product_id integer primary key, category_id integer references oc_categories (category_id),
    ttl varchar(40) not null, prc integer not null, qty integer not null default 0);
create table oc_orders (order_id integer primary key, customer_id integer not null references oc_customers (customer_id),
    st varchar(9) not null, dt date);
create table oc_order_lines (order_id integer not null references oc_orders (order_id), line integer not null,
    product_id integer not null references oc_products (product_id), n integer not null, primary key (order_id, line));
create table oc_coupons (coupon_id integer primary key, code varchar(9) not null unique, pct integer not null);
create table oc_coupon_uses (use_id integer primary key, coupon_id integer not null references oc_coupons (coupon_id),
    order_id integer not null);
create table oc_notes (note_id integer primary key, txt text);
insert into oc_customers values (1, 'Ada', 'Lovelace', 'ada@example.com'), (2, 'Bo', null, null);
insert into oc_addresses values (1, 1, 'Main Street', '12345'), (2, 2, 'Side Street', null);
insert into oc_categories values (1, 'Lamps');
insert into oc_products values (1, 1, 'Lamp', 990, 3), (2, null, 'Bulb', 90, 40);
insert into oc_orders values (1, 1, 'open', '2021-03-28'), (2, 2, 'paid', null);
insert into oc_order_lines values (1, 1, 1, 2), (1, 2, 2, 4), (2, 1, 2, 1);
insert into oc_coupons values (1, 'SPRING', 10), (5, 'FALL', 20);
insert into oc_coupon_uses values (1, 1, 1), (2, 5, 2);
"""
NOTES = ", ".join(f"({number}, 'note {number}')" for number in range(1, 1201))
# What the owner writes, once: by the line that adoption wrote.
EDITS = {
    "from . import generated\n": "from django.db import models\n\nfrom . import generated\n",
    "class Customer(generated.Customer):\n    pass\n": """class Customer(generated.Customer):
    _NAMES = {"nm1": "first_name", "nm2": "last_name", "eml": "email"}

    class Meta(generated.Customer.Meta):
        ordering = ["last_name", "first_name"]

    @property
    def full_name(self):
        return " ".join(filter(None, [self.first_name, self.last_name]))
""",
    "class Address(generated.Address):\n    pass\n": """class Address(generated.Address):
    _NAMES = {"str": "street", "zp": "zip_code"}
    cust = None
    customer = models.ForeignKey(
        "Customer", models.DO_NOTHING, db_column="cust", related_name="addresses"
    )
""",
    "class Product(generated.Product):\n    pass\n": """class InStock(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(stock__gt=0)


class Article(generated.Product):
    _NAMES = {"ttl": "title", "prc": "price", "qty": "stock"}
    objects = models.Manager()
    in_stock = InStock()
""",
    "class Order(generated.Order):\n    pass\n": """class Order(generated.Order):
    _NAMES = {"st": "status", "dt": "ordered"}

    def total(self):
        return sum(line.n * line.product.price for line in self.orderline_set.all())
""",
}
RELEASES = [
    "alter table oc_customers add column phone varchar(20)",
    "create table oc_reviews (review_id integer primary key, product_id integer references oc_products (product_id))",
    "alter table oc_products add column first_name varchar(9); alter table oc_products add column supplier_id integer"
    " references oc_customers (customer_id)",
    "drop table oc_reviews; create table oc_product (id integer primary key)",
    "alter table oc_orders rename column dt to dt_old; alter table oc_orders add column dt timestamp null",
    "alter table oc_orders add column billed_to integer references oc_customers (customer_id);"
    " create table oc_article (id integer primary key)",
]
LIVE = """
import json
from my_project.shop.models import *
ada = Customer.objects.get(first_name="Ada")
print(json.dumps([
    ada.full_name, ada.addresses.get().street, str(ada.order_set.get().total()),
    [article.title for article in Article.in_stock.order_by("pk")], Article.objects.get(pk=1).category.ttl,
    Order.objects.filter(status="open", customer__email="ada@example.com").count(),
    Address.objects.filter(customer__last_name="Lovelace", zip_code="12345").count(),
]))
"""
FOUND = ["Ada Lovelace", "Main Street", "2340", ["Lamp", "Bulb"], "Lamps", 1, 1]
MOVED = ("Coupon", "CouponUse", "Note")
MOVE = """
from django.core.management import call_command
from django.apps import apps
for name in ("Coupon", "CouponUse", "Note"):
    call_command("copy_legacy_rows", f"shop.{name}", f"sales.{name}")
Review = apps.get_model("sales", "Review")
review = Review.objects.create(customer_id=1)
print(review.customer.full_name, Review.objects.filter(customer=review.customer).count())
"""
COUNT = """
from my_project.sales.models import *
print(Coupon.objects.count(), CouponUse.objects.count(), Note.objects.count())
print(CouponUse.objects.get(coupon__code="FALL").order_id, Note.objects.get(pk=1200).txt)
"""
REVIEW = """

class Review(models.Model):
    customer = DatabaseReference("shop.Customer")
"""


@pytest.mark.parametrize(
    "engine",
    [
        "sqlite",
        pytest.param("mysql", marks=pytest.mark.long),
        pytest.param("postgresql", marks=pytest.mark.long),
    ],
)
def test_six_releases_and_three_tables_that_move_out(project, engine, tmp_path, request):
    folder = project()
    legacy = make(engine, f"{SHOP}insert into oc_notes values {NOTES}", tmp_path, request, "shop")
    adopt(folder, legacy)
    app = folder / "my_project" / "shop"
    models = (app / "models.py").read_text()
    for before, after in EDITS.items():
        assert models.count(before) == 1
        models = models.replace(before, after)
    assert len(re.findall(r'": "', models)) == 10  # fields with names of the owner's
    (app / "models.py").write_text(models)
    refresh = ("adopt_legacy", "shop", "--refresh", "--yes")
    manage(folder, *refresh)

    for release in RELEASES:
        _run(legacy, release)
        before = tree(folder)
        manage(folder, *refresh)
        changed = {name for name, text in tree(folder).items() if before.get(name) != text}
        assert "my_project/shop/generated.py" in changed
        assert changed <= {"my_project/shop/generated.py", "my_project/shop/models.py"}
        assert (app / "models.py").read_text().startswith(models)
        if "drop table" in release:  # its class is the owner's to remove, and it was the last
            gone = "\n\nclass Review(generated.Review):\n    pass\n"
            (app / "models.py").write_text((app / "models.py").read_text().replace(gone, ""))
    assert (
        json.loads(manage(folder, "shell", "-v", "0", "-c", LIVE).stdout.splitlines()[-1]) == FOUND
    )

    _write_sales(folder, (app / "generated.py").read_text())
    manage(folder, "makemigrations", "sales")
    manage(folder, "migrate")
    assert "Ada Lovelace 1" in manage(folder, "shell", "-v", "0", "-c", MOVE).stdout
    mine = (app / "models.py").read_text()
    for name in MOVED:
        mine = mine.replace(f"\n\nclass {name}(generated.{name}):\n    pass\n", "")
    (app / "models.py").write_text(mine)
    manage(folder, *refresh)
    _run(legacy, "drop table oc_coupon_uses; drop table oc_coupons; drop table oc_notes")
    manage(folder, *refresh)
    assert (app / "models.py").read_text() == mine
    assert "No drift in shop" in manage(folder, "check_legacy_models", "shop").stdout
    counted = manage(folder, "shell", "-v", "0", "-c", COUNT).stdout.splitlines()[-2:]
    assert counted == ["2 2 1200", "2 note 1200"]


def _run(legacy: Legacy, sql: str) -> None:
    if legacy.engine == "sqlite":
        connection = sqlite3.connect(legacy.path)
        connection.executescript(sql)
        connection.close()
        return
    role = f"set role {legacy.server.user}; " if legacy.engine == "postgresql" else ""
    legacy.server.sql(role + sql, legacy.name)


def _write_sales(folder, generated):
    """An app of the project with the classes of the tables that move, as the manual says."""
    app = folder / "my_project" / "sales"
    app.mkdir()
    (app / "__init__.py").touch()
    texts = []
    for name in MOVED:
        (text,) = re.findall(
            rf"^class {name}\(.+?(?=\n\n\n|\Z)", generated, re.MULTILINE | re.DOTALL
        )
        gone = r"    _DATABASE = .+\n\n|        (?:abstract|managed|db_table) = .+\n"
        texts.append(re.sub(gone, "", text).replace("    class Meta:\n\n", "").rstrip("\n"))
    head = "from django.db import models\nfrom manydb.models import DatabaseReference\n\n\n"
    (app / "models.py").write_text(head + "\n\n\n".join(texts) + "\n" + REVIEW)
    settings = folder / "my_project" / "settings" / "base.py"
    entry = '    "my_project.shop",\n'
    assert entry in settings.read_text()
    settings.write_text(settings.read_text().replace(entry, f'{entry}    "my_project.sales",\n'))
