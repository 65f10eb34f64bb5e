"""The profile of the first calls."""

import pytest

from sim.errors import BadScenario
from sim.first_plan import plan_of

SEAT = {"number": "3710001", "password": "x", "area": "郑州"}


def test_a_plan_from_its_document() -> None:
    plan = plan_of(
        {
            "host": "127.0.0.1",
            "port": 5060,
            "seats": [SEAT],
            "calls": [{"key": "a", "number": "", "seats": ["3710001"]}],
        }
    )
    assert plan.seats[0].area == "郑州"
    assert plan.calls[0].seats == ("3710001",)
    assert plan.hotline == "12366"


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"host": "h", "port": 1, "seats": []}, "calls"),
        ({"host": "h", "port": 1, "seats": [], "calls": [], "prot": 2}, "prot"),
        ({"host": "h", "port": 1, "seats": [{"nummer": "1"}], "calls": []}, "nummer"),
    ],
)
def test_an_unknown_or_missing_key_is_named(document: dict[str, object], named: str) -> None:
    with pytest.raises(BadScenario, match=named):
        plan_of(document)
