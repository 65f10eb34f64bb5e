"""A house made from what is installed. May block: the index is read, or built where nobody has built it yet."""

import threading
from collections.abc import Callable

from core.clock import Clock
from core.settings import Settings
from ivr.prompts import texts
from ivr.session import topics
from ivr.session.house import House, Note
from ivr.session.places import Places
from knowledge.current import CurrentAnswers
from routing.hours_file import HoursFile
from routing.receptions import receptions
from routing.tables import province_tree


def furnished(settings: Settings, clock: Clock, note: Note, building: Callable[[], None] = lambda: None) -> House:
    """What conversations share in this process; `building` is called first where the index must be built.

    A thread looks for newly published answers as long as the process lives.
    """
    answers = CurrentAnswers(settings.paths.cache, building=building)
    threading.Thread(target=answers.follow, args=(threading.Event(),), name="answers", daemon=True).start()
    tree = province_tree(settings.platform.province)
    met = receptions(HoursFile(settings.paths.hours), tree.root.id, clock)
    return House(
        answers=answers,
        tree=tree,
        places=Places(tree, answers.sounds),
        topics=topics.load(),
        prompts={key: prompt.text for key, prompt in texts.load().items()},
        clock=clock,
        note=note,
        met=met,
    )
