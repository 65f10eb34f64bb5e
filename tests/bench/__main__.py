"""`python -m tests.bench [NAME…]`: run benches by name (`b9`), or list them. A bench is a file `b<number>….py` beside
this one with `TITLE` and `main() -> int`."""

import importlib
import pkgutil
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    known = sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)]) if found.name[0] == "b")
    wanted = {name: [bench for bench in known if bench == name or bench.startswith(f"{name}_")] for name in names}
    if unknown := [name for name, benches in wanted.items() if not benches]:
        sys.stderr.write(f"no bench {', '.join(unknown)}; known: {', '.join(known)}\n")
        return 2
    if not names:
        for bench in known:
            sys.stdout.write(f"{bench:8} {importlib.import_module(f'tests.bench.{bench}').TITLE}\n")
        return 0
    codes = [importlib.import_module(f"tests.bench.{bench}").main() for benches in wanted.values() for bench in benches]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
