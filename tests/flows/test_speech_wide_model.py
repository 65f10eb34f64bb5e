"""A wide-band model, with the layout of the published ones: telephone sound reaches it at its own rate."""

import shutil
from pathlib import Path

import pytest

from ivr.speech.espeak import EspeakSpeaker
from ivr.speech.models import demonstration
from ivr.speech.sound import TELEPHONE_RATE, levelled, resampled
from ivr.speech.vosk_folder import VoskFolder, look_at
from ivr.speech.vosk_recogniser import VoskRecogniser
from ivr.speech.widened import telephone_ear

LOADING = 60.0


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> VoskFolder:
    """The demonstration model told that its sound comes at 16 kHz, of which it looks at the lower half."""
    folder = tmp_path_factory.mktemp("wide") / "model"
    shutil.copytree(demonstration(tmp_path_factory.mktemp("cache")), folder)
    conf = folder / "conf" / "mfcc.conf"
    told = conf.read_text().replace("sample-frequency=8000", "sample-frequency=16000")
    conf.write_text(told.replace("high-freq=-200", "high-freq=3800"))
    return look_at(folder)


def flat(folder: VoskFolder, place: Path) -> VoskFolder:
    """The same files side by side, as the older published models have them."""
    for file in (one for one in folder.path.rglob("*") if one.is_file()):
        shutil.copy(file, place / file.name)
    return look_at(place)


@pytest.mark.parametrize("layout", ["folders", "flat"])
async def test_a_wide_band_model_hears_the_telephone(wide: VoskFolder, layout: str, tmp_path: Path) -> None:
    folder = wide if layout == "folders" else flat(wide, tmp_path)
    assert (folder.rate, folder.feed_rate(TELEPHONE_RATE)) == (16_000, 16_000)
    async with VoskRecogniser(folder, deadline=20) as recogniser:
        await recogniser.start(LOADING)
        for text in ("个体工商户怎么注销", "转人工"):
            sound = levelled(resampled(EspeakSpeaker().say(text), TELEPHONE_RATE)).samples.astype("<i2").tobytes()
            sound = bytes(4800) + sound + bytes(4800)
            async with await telephone_ear(recogniser) as hearing:
                for start in range(0, len(sound), 1600):
                    await hearing.hear(sound[start : start + 1600])
                assert (await hearing.finish()).text == text
