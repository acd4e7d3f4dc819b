"""A permission on a row is one on that tenant's row, not on the row of another that has its key."""

from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm, get_objects_for_user, get_users_with_perms, remove_perm

from ..case import SITES, Checked, PackageCase
from .models import Bill


class Guardian(Checked, PackageCase):
    def test_a_user_sees_the_rows_that_were_assigned(self) -> None:
        for number, site in enumerate(SITES):
            with site.active():
                user = self.user()
                bills = [Bill.objects.create(text=f"bill {n}") for n in range(3)]
                assign_perm("view_bill", user, bills[number])
                group = Group.objects.create(name="clerks")
                user.groups.add(group)
                assign_perm("view_bill", group, bills[2])
                self.assertTrue(user.has_perm("with_guardian.view_bill", bills[number]))
                seen = get_objects_for_user(user, "view_bill", Bill)
                self.assertEqual(sorted(bill.text for bill in seen), [f"bill {number}", "bill 2"])
                self.assertEqual(list(get_users_with_perms(bills[number])), [user])
            client = self.client_of(site, user)
            self.ok(client.get(f"/bill/{bills[number].pk}/"))
            self.ok(client.get(f"/bill/{bills[1 - number].pk}/"), 403)
            with site.active():
                remove_perm("view_bill", user, bills[number])
            self.ok(client.get(f"/bill/{bills[number].pk}/"), 403)
