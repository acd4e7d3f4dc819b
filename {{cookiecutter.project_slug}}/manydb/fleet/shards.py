"""Parts of a fleet, for several runs that share the work."""

import os
import zlib
from argparse import ArgumentTypeError
from dataclasses import dataclass

# Where a scheduler tells each of its jobs which one it is, counted from 0.
SIZE = "AWS_BATCH_JOB_ARRAY_SIZE"  # Kubernetes has none
INDEXES = ("JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX")


@dataclass(frozen=True, slots=True)
class Shard:
    """The ``part``-th of ``parts``, from 1."""

    part: int = 1
    parts: int = 1

    def __contains__(self, alias: str) -> bool:
        """Decides by the alias alone, so that a new tenant does not move others to another shard."""
        return zlib.crc32(alias.encode()) % self.parts == self.part - 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Reads ``2/10``, or ``job/10`` in a job of an array.

        Raises:
            ArgumentTypeError: the text is neither. The message says what is wrong.
        """
        part, _, parts = text.partition("/")
        found = part
        if part == "job":
            found = _index_of_job(text)
            size = os.environ.get(SIZE, parts)
            if size != parts:
                raise ArgumentTypeError(f"{text!r}: this array has {size} jobs: use job/{size}.")
        if not (found.isdecimal() and parts.isdecimal() and 1 <= int(found) <= int(parts)):
            which = f" in job {found}" if part == "job" else ""
            raise ArgumentTypeError(f"{text!r}{which} is not a shard; use for example 1/4.")
        return cls(int(found), int(parts))


def _index_of_job(text: str) -> str:
    for variable in INDEXES:
        if os.environ.get(variable, "").isdecimal():
            return str(int(os.environ[variable]) + 1)
    raise ArgumentTypeError(
        f"{text!r} needs {' or '.join(INDEXES)}, which Kubernetes sets in an indexed Job and AWS Batch "
        "in an array job; use for example 1/4 elsewhere."
    )
