"""A call's recording, given to somebody after a row says to whom and why."""

import asyncio
from typing import Final

from aiohttp import web

from core.ids import LinkedId
from seats.accounts.user import User
from seats.http.gate import HEADERS
from seats.http.route import Ask, NotThere
from seats.records.access import Rows, noted
from seats.records.record import CallRecord, RecordingState
from seats.records.recording import RecordingFiles

CONTENT: Final = "audio/wav"
_TO_HEAR: Final = frozenset({RecordingState.STORED, RecordingState.SHORT})


class StoredSounds:
    """`seats.http.services.Sounds` over the folder of recordings."""

    def __init__(self, files: RecordingFiles, rows: Rows) -> None:
        self._files = files
        self._rows = rows

    async def wave(self, user: User, record: CallRecord, recording: str, *, reason: str, source: str) -> bytes:
        """The recording as a WAV file. Raises `NotThere`, `DatabaseAway` (then nothing is given)."""
        found = next((each for each in record.recordings if each.id == recording and each.state in _TO_HEAR), None)
        if found is None:
            raise NotThere("the call has no such recording to hear")
        try:
            sound = await asyncio.to_thread(self._files.wave, found.id)
        except OSError as error:
            raise NotThere("the recording's file cannot be read") from error
        await noted(self._rows, record, found, who=user.name, reason=reason, source=source)
        return sound


async def answer(_request: web.Request, ask: Ask) -> web.StreamResponse:
    """The route's function."""
    record = await ask.services.history.record(LinkedId(ask.path["linkedid"]))
    if record is None:
        raise NotThere("no such call is stored")
    sound = await ask.services.sounds.wave(
        ask.user, record, ask.path["recording"], reason=ask.query.reason, source=ask.address
    )
    name = f'attachment; filename="{ask.path["linkedid"]}.wav"'
    return web.Response(body=sound, content_type=CONTENT, headers={**HEADERS, "Content-Disposition": name})
