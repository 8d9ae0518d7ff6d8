"""Write what each provider of secrets supports: ``python -m kmop_constructs.components.configuration > docs/secrets-providers.md``."""

import sys

from kmop_constructs.components.configuration.table import page

if __name__ == "__main__":
    sys.stdout.write(page())
