"""Write the capability table of all gateways: ``python -m kmop_constructs.components.api_gateway > docs/gateways/capabilities.md``."""

import sys

from kmop_constructs.components.api_gateway.table import page

if __name__ == "__main__":
    sys.stdout.write(page())
