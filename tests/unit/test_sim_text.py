"""Words as they are compared."""

from pathlib import Path

import numpy as np
import pytest

from sim.checks_text import plain, recognised
from sim.errors import MissingTool


def test_spaces_and_commas_do_not_count() -> None:
    assert plain("转 人工,好吗?") == plain("转人工 好吗")
    assert plain("12366 AbC") == "12366abc"


def test_a_folder_without_a_model_is_refused_before_it_can_do_harm(tmp_path: Path) -> None:
    with pytest.raises(MissingTool, match="holds no Vosk model"):
        recognised(tmp_path, np.zeros(8000))
