"""Postgres schema, one step a file; every package's MetaData is listed here."""

from core.schema import metadata as core_metadata
from knowledge.schema import metadata as knowledge_metadata
from routing.schema import metadata as routing_metadata
from seats.accounts.schema import metadata as accounts_metadata
from seats.callbacks.schema import metadata as callbacks_metadata
from seats.rating.schema import metadata as rating_metadata
from seats.records.schema import metadata as records_metadata
from seats.roster.schema import metadata as roster_metadata
from seats.sharing.schema import metadata as sharing_metadata
from seats.stories.schema import metadata as stories_metadata
from seats.supervision.schema import metadata as supervision_metadata

METADATA = (
    core_metadata,
    knowledge_metadata,
    routing_metadata,
    records_metadata,
    roster_metadata,
    accounts_metadata,
    supervision_metadata,
    callbacks_metadata,
    rating_metadata,
    stories_metadata,
    sharing_metadata,
)
