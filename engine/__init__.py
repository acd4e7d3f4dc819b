"""The engine as a distribution: its pyproject, its tests, and the small site that they run on.

Whoever imports this keeps compiled files out of the folder that the template copies into projects.
"""

import os
import sys
from pathlib import Path

PYCACHE = str(Path(__file__).parent / ".pycache")

# Also for what tests start.
sys.pycache_prefix = os.environ.setdefault("PYTHONPYCACHEPREFIX", PYCACHE)
