"""The voice service where no model can be had: one line, a code, and the watchdog tries again."""

import logging

import pytest

import ivr.__main__ as voice
from core.errors import MissingComponent
from core.settings import Settings


def test_a_model_that_is_not_there_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def serve(settings: Settings, beats: int) -> None:
        raise MissingComponent("/models is no Vosk model: the folder is empty")

    monkeypatch.setattr(voice, "serve", serve)
    monkeypatch.setattr(voice, "die_with_parent", lambda: None)
    monkeypatch.setattr("core.log.start", lambda level: None)
    with caplog.at_level(logging.ERROR, "ivr"):
        assert voice.main(["serve", "7"]) == 2
    assert [record.getMessage() for record in caplog.records] == [
        "no answering by voice: /models is no Vosk model: the folder is empty"
    ]
