"""Write down what every system draws, and what it costs.

python -m tests.net.record     # after a change of either that is meant; read the difference before it is kept
"""

from __future__ import annotations

import logging

from tests.cluster.systems import SYSTEMS
from tests.net import digests, messages


def main() -> None:
    logging.disable()
    digests.FOLDER.mkdir(parents=True, exist_ok=True)
    for old in digests.FOLDER.glob("*.txt"):
        old.unlink()
    for name in SYSTEMS:
        lines = digests.digests(name)
        digests.file_of(name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    messages.FILE.write_text(messages.written(messages.costs()), encoding="utf-8")
    print(f"recorded {', '.join(SYSTEMS)}")


if __name__ == "__main__":
    main()
