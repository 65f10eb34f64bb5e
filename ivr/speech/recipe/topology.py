"""How a unit passes in time, in Kaldi's numbers: its sound for one frame or more, CTC's blank before and after.

Phone 1 is the blank (Vosk's endpointer counts it as silence), phone 2.. are the units. Each phone is one state that
stays or ends; Kaldi numbers these *transitions* through from 1, phone by phone.
"""

from typing import Final

from ivr.speech.recipe.units import UNITS

SILENCE: Final = 1
PHONE_OF: Final = {unit: place + 2 for place, unit in enumerate(UNITS)}
PHONES: Final = len(UNITS) + 1
STAYS: Final = 0.5
"""Probability written into the model; the search does not use it: CTC gives every path of frames the same weight."""
TRANSITIONS: Final = 2 * PHONES


def transitions_of(phone: int) -> tuple[int, int]:
    """Numbers of a phone's transitions: stays, ends."""
    return 2 * phone - 1, 2 * phone
