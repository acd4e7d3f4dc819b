"""How far a command has come with a tenant, in the one line that the catalog has for it."""

from dataclasses import dataclass, replace

from manydb.tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Step:
    """``move_tenant: copying as 3f2a91b0, then ready``: a command, its phase, which run of it, and the state
    that the tenant had before and will have again. All but the command may be missing."""

    command: str
    phase: str = ""
    run: str = ""
    then: str = ""

    @classmethod
    def of(cls, row: Tenant) -> "Step":
        """Where a tenant is; no command is the command of one that nobody works on."""
        rest, _, then = row.step.partition(", then ")
        rest, _, run = rest.partition(" as ")
        command, _, phase = rest.partition(": ")
        return cls(command, phase, run, then)

    def at(self, phase: str) -> "Step":
        """The same run in another phase."""
        return replace(self, phase=phase)

    def __str__(self) -> str:
        words = (("", self.command), (": ", self.phase), (" as ", self.run), (", then ", self.then))
        return "".join(before + word for before, word in words if word)
