"""`python -m knowledge.installed`: the index is built where it is missing, and the entries in force go to Postgres.

Run beside a copy that starts, gently: callers come first. The first question then waits for nothing.
"""

import asyncio
import logging
import os
import sys

from core import log as logs
from core.db import DatabaseAway, engine
from core.secrets import database_dsn, load_or_create
from core.settings import Settings, load
from knowledge import files, shelf
from knowledge.store import VersionChanged, publish

log = logging.getLogger("knowledge")


async def installed(settings: Settings) -> bool:
    """Whether the entries in force are indexed and stored; what hinders storing them is logged."""
    library = files.load()
    built = shelf.taken(library, settings.paths.cache, building=lambda: log.info("building the index of answers"))
    database = engine(database_dsn(settings, load_or_create(settings.paths.secrets)), application="hotline-knowledge")
    try:
        counts = await publish(database, library.entries, files.content_hash(files.DATA), built.certificate)
    except (VersionChanged, DatabaseAway) as error:
        log.error("the entries are not stored: %s", error)
        return False
    finally:
        await database.dispose()
    log.info("answers are ready", extra={"changes": counts})
    return True


def main() -> int:
    """Once, for the settings in force."""
    os.nice(10)
    settings = load(os.environ)
    logs.start(settings.log.level)
    return 0 if asyncio.run(installed(settings)) else 1


if __name__ == "__main__":
    sys.exit(main())
