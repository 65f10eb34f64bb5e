"""A speech server of the usual kind, to be measured against: `python -m tests.fakes.vosk_server FOLDER PORT`.

One process, one model, a WebSocket a stream, every message recognised in a pool of as many threads as processors. No
admission, no deadline, no watch over libvosk.
"""

import asyncio
import concurrent.futures
import os
import sys

import vosk
from aiohttp import WSMsgType, web


async def serve(folder: str, port: int) -> None:
    vosk.SetLogLevel(-1)
    model = vosk.Model(folder)
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1)
    loop = asyncio.get_running_loop()

    def recognised(recogniser: vosk.KaldiRecognizer, sound: bytes) -> str:
        done = recogniser.AcceptWaveform(sound)
        return str(recogniser.Result() if done else recogniser.PartialResult())

    async def stream(request: web.Request) -> web.WebSocketResponse:
        link = web.WebSocketResponse()
        await link.prepare(request)
        recogniser = vosk.KaldiRecognizer(model, 8000)
        recogniser.SetWords(True)
        async for message in link:
            if message.type is WSMsgType.BINARY:
                await link.send_str(await loop.run_in_executor(pool, recognised, recogniser, message.data))
            elif message.type is WSMsgType.TEXT:
                await link.send_str(await loop.run_in_executor(pool, recogniser.FinalResult))
        return link

    app = web.Application()
    app.router.add_get("/", stream)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
