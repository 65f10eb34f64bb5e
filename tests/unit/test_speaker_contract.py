"""What every `Speaker` promises: the built-in voice and the fake alike."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import MissingComponent
from ivr.speech.espeak import EspeakSpeaker, Manner
from ivr.speech.sound import Sound, speech_level
from ivr.speech.speaker import CannotSpeak, Speaker
from tests.fakes.tone_speaker import ToneSpeaker


@pytest.fixture(params=[EspeakSpeaker, ToneSpeaker], ids=["espeak", "fake"])
def speaker(request: pytest.FixtureRequest) -> Speaker:
    made: Speaker = request.param()
    return made


def alike(one: Sound, other: Sound) -> bool:
    """Within the flutter a voice may have from one time to the next."""
    return abs(one.seconds / other.seconds - 1) < 0.03 and abs(speech_level(one) - speech_level(other)) < 1


def test_the_same_text_sounds_the_same(speaker: Speaker) -> None:
    first, other, again = (speaker.say(text) for text in ("您好，请讲。", "谢谢您的来电，再见", "您好，请讲。"))
    assert alike(first, again)
    assert not alike(first, other)


def test_longer_text_lasts_longer_and_is_speech_loud(speaker: Speaker) -> None:
    short, long = speaker.say("您好"), speaker.say("您好，欢迎致电12366纳税缴费服务热线。")
    assert 0.2 < short.seconds < 1.5
    assert 3 < long.seconds < 8
    assert speech_level(long) > -40


def test_pace(speaker: Speaker) -> None:
    slow, usual, fast = (speaker.say("请输入您所在地的区号", pace=pace).seconds for pace in (0.7, 1.0, 1.4))
    assert slow > usual * 1.15 > fast * 1.3


@pytest.mark.parametrize("pace", [0.1, 3.0, float("nan")])
def test_a_pace_out_of_bounds_is_refused(speaker: Speaker, pace: float) -> None:
    with pytest.raises(CannotSpeak):
        speaker.say("您好", pace=pace)


@pytest.mark.parametrize("text", ["", "  ", "。，", "☎"])
def test_nothing_to_say_is_refused(speaker: Speaker, text: str) -> None:
    with pytest.raises(CannotSpeak):
        speaker.say(text)


def test_threads_may_speak_at_once(speaker: Speaker) -> None:
    texts = [f"请按{key}" for key in range(10)] * 3
    alone = {text: speaker.say(text) for text in texts}
    with ThreadPoolExecutor(4) as pool:
        for text, sound in zip(texts, pool.map(speaker.say, texts), strict=True):
            assert alike(sound, alone[text])


def test_names_tell_voices_apart() -> None:
    manners = [Manner(), Manner(variant="f3"), Manner(rate=150), Manner(pitch=60), Manner(swing=40)]
    assert len({EspeakSpeaker(manner).name for manner in manners}) == len(manners)


def test_a_voice_that_is_not_there_is_named() -> None:
    with pytest.raises(MissingComponent, match="nosuchvoice"):
        EspeakSpeaker(Manner(variant="nosuchvoice")).say("您好")


def test_every_syllable_of_mandarin_is_said_in_mandarin() -> None:
    """A syllable the voice does not know would be spelled out in English and last far longer than any syllable."""
    speaker = EspeakSpeaker()
    characters = "雄兄熊穷炯略女绿耳日吃四虚军捐窘恩嗯噢哟二儿给谁贼僧泵瓮闪耍揣拴双"
    lengths = {character: speaker.say(character).seconds for character in characters}
    assert {character: seconds for character, seconds in lengths.items() if not 0.1 < seconds < 0.75} == {}
