"""Write what each autoscaler supports: ``python -m kmop_constructs.components.fault_tolerance > docs/scaling-providers.md``."""

import sys

from kmop_constructs.components.fault_tolerance.table import page

if __name__ == "__main__":
    sys.stdout.write(page())
