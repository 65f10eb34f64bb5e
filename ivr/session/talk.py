"""The conversation's decisions: what is said next, given what was heard. Pure; `conversation` says it and listens.

A `Talk` is one call's. `reply` is a table from wishes to what follows; whatever fits no wish is a question.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from ivr.session import saying, story, words
from ivr.session.ending import Abandoned, Arrival, CallbackBooked, Ending, Handover, MessageLeft, SelfServed
from ivr.session.house import House
from ivr.session.ports import Heard, Keys, Part, Prompt, Silence, SoundFile, SpeechLost, Text, Utterance
from ivr.session.saying import Saying
from ivr.session.story import Question
from ivr.session.telling import OFFERED, Telling
from ivr.session.whereabouts import Whereabouts
from ivr.session.words import Step, Wish
from knowledge.entry import Entry
from knowledge.verdict import Action, Verdict
from routing.choice import HUMAN

PATIENCE: Final = 2
"""Misses or silences in a row after which a person is fetched."""
MOSTLY: Final = 0.4
"""From this share of sound that fitted no word, an answer is asked back first."""
FEW: Final = 2
"""Different characters of something not understood that may as well have been a noise."""
_SLOWER: Final = 1.5
"""Older callers are given this much longer to begin."""
Next = Saying | Ending


class Talk:
    """Where a conversation stands."""

    def __init__(self, arrival: Arrival, house: House) -> None:
        self._arrival = arrival
        self._house = house
        self.call = arrival.call
        self.where = Whereabouts(arrival.area, house, arrival.closed)
        self.telling = Telling(house, self.where)
        self.misses = 0
        self._failed = 0
        self._last = self.opening()
        self._cut = False
        self._fetching: Handover | None = None
        self._monologues = 0
        self._told_closed = False

    @property
    def pace(self) -> float:
        """How fast to speak now."""
        return saying.SLOW_PACE if self.telling.slow else saying.OWN_PACE

    @property
    def questions(self) -> list[Question]:
        """All the caller asked."""
        return self.telling.questions

    @property
    def topic(self) -> str:
        """What the caller last asked about."""
        return story.topic(self.questions)

    def opening(self) -> Saying:
        """The first words."""
        notice = (SoundFile(self._arrival.notice),) if self._arrival.notice else ()
        return Saying(Step.ASK, (Prompt("talk_hello"), *notice, Prompt("talk_ask")))

    def patience(self, said: Saying) -> float:
        """Seconds to wait after `said` for a beginning."""
        return said.seconds * (_SLOWER if self.telling.slow else 1.0)

    def answered(self, said: Saying, whole: bool) -> None:
        """The answer of `said` was begun; `whole`: and heard to its end."""
        self.telling.heard(said, whole)

    def said(self, said: Saying, whole: bool) -> bool:
        """`whole`, when nobody spoke into `said`."""
        self._last, self._cut = said, not whole
        return whole

    def gone(self) -> Ending:
        """How it ends when the caller has hung up."""
        waiting = self._fetching is not None or self._told_closed
        return SelfServed() if self.telling.served and self.questions[-1].told and not waiting else Abandoned()

    def reply(self, heard: Heard) -> Next:
        """What follows what was `heard` after the last saying."""
        match heard:
            case SpeechLost():
                self.telling.deaf = True
                return self.telling.groups(Prompt("talk_keys_only"))
            case Silence():
                return self._fail("silent")
            case Keys(digits):
                return self._keyed(digits)
            case Utterance(text, _, rejected, cut):
                following = self._worded(text, rejected)
                return self._overlong(following) if cut else following

    # What was heard → a wish, an area, or a question.

    def _keyed(self, digits: str) -> Next:
        step = self._last.step
        if step is Step.WHERE and digits != HUMAN and digits not in ("9", "*"):
            return self._placed_by_keys(digits)
        if step is Step.MENU and (line := saying.line(digits)) is not None and line < len(self.telling.menu):
            return self._menu_line(self.telling.menu[line])
        found = words.KEYS[step].get(digits)
        if found is Wish.AGAIN and self.telling.rest and digits == "1":
            found = Wish.REST
        if found is Wish.SECOND and step is Step.CONFIRM and len(self.telling.offered) == 1:
            found = Wish.NEITHER
        return self._wished(found) if found else self._fail("unclear")

    def _worded(self, text: str, rejected: float) -> Next:
        step = self._last.step
        house, said = self._house, words.plain(text)
        found = words.wish(step, text)
        unheard = found is None and len(set(said)) <= FEW and self._means_nothing(text)
        if (unheard or found is Wish.NODDED) and self._cut and self._last.interruptible:
            # A cough, a nod or a noise, not a question: once more, and not to be stopped so easily.
            return saying.stubborn(self._last)
        if unheard:
            return self._fail("unclear")
        if found is not None:
            return self._wished(found)
        verdict, named = self._ask(text), house.places.named(text)
        if named is not None and (named.meant or step is Step.WHERE or verdict.action is Action.HUMAN):
            self.where.move(named.area)
            if verdict.action is Action.HUMAN:
                return self._judged(verdict)
            if not named.rest:
                return self._placed()
            text, verdict = named.rest, self._ask(named.rest)
        elif named is not None:
            verdict = self._ask(text, house.scopes(named.area))
        elif step is Step.WHERE and verdict.action in (Action.CONFIRM, Action.UNSURE):
            return self._fail("unclear")
        if step is Step.MENU and (line := next((line for line in self.telling.menu if line in text), "")):
            return self._menu_line(line)
        return self._judged(verdict, sure=rejected < MOSTLY)

    def _means_nothing(self, text: str) -> bool:
        return self._house.places.named(text) is None and self._ask(text).action is Action.UNSURE

    def _ask(self, text: str, scopes: tuple[str, ...] = ()) -> Verdict:
        return self._house.answers.ask(text, self._house.today(), scopes or self.where.scopes)

    def _judged(self, verdict: Verdict, sure: bool = True) -> Next:
        """What follows a question. Not `sure` it was heard right: nothing is answered without asking back."""
        offered, meant = self.telling.asked(verdict)
        if verdict.action is Action.HUMAN:
            return self._human("asked")
        if verdict.action is Action.UNSURE or not meant:
            return self._fail("unclear")
        if (verdict.action is Action.ANSWER and sure) or meant[0] in offered:
            return self._tell(meant[0])
        return self.telling.choose(meant[: min(max(verdict.choices, 1), OFFERED)])

    # What is wished → what is said.

    def _wished(self, found: Wish) -> Next:
        return _FOLLOWS[found](self)

    def _human(self, why: str = "asked") -> Next:
        ending = Handover(self.topic, why)
        if self.where.closed:
            if self._told_closed:
                # One silence more, and the dialplan says the same with keys alone.
                return replace(ending, province=why == "asked" and self.where.reception.province_open)
            self._told_closed, self._failed = True, PATIENCE - 1
            return saying.closed(self.where.reception)
        if self.where.area is None and self._fetching is None:
            self._fetching, self._failed = ending, 0
            return self.where.ask()
        return ending

    def _overlong(self, following: Next) -> Next:
        """Who talks on without a pause is answered once, or gets a person: being asked back would not help them."""
        self._monologues += 1
        if not isinstance(following, Saying) or following.step in (Step.WHERE, Step.CLOSED):
            return following
        if following.entry is not None and self._monologues < PATIENCE:
            return following
        fetched = self._human("long")
        self._fetching = fetched if isinstance(fetched, Handover) else self._fetching
        return saying.kindly(fetched)

    def _placed_by_keys(self, digits: str) -> Next:
        found = self.where.keyed(digits)
        if isinstance(found, Saying):
            return found
        return self._placed() if found else self._fail("unclear")

    def _placed(self) -> Next:
        """The caller has said where they belong."""
        self._failed = 0
        if self._fetching is not None:
            return self._human(self._fetching.why)
        return saying.asking(Text(f"好的，{self.where.name}。"), Prompt("talk_go_on"))

    def _tell(self, entry: Entry) -> Saying:
        self._failed = 0
        return self.telling.tell(entry)

    def _nth(self, place: int) -> Next:
        """One of what was offered."""
        step = self._last.step
        if step is Step.CLOSED:
            return (MessageLeft(self.topic), CallbackBooked(self.topic))[place]
        entry = self.telling.taken(place, picked=step is Step.MORE)
        return self._tell(entry) if entry is not None else self._fail("unclear")

    def _yes(self) -> Next:
        # 「是」 to 「甲还是乙」 says nothing.
        return self._nth(0) if len(self.telling.offered) == 1 else self._fail("unclear")

    def _neither(self) -> Next:
        self.telling.refuse()
        return self._fail("unclear", Prompt("talk_rephrase"))

    def _again(self) -> Next:
        if self._last.entry is None:
            return self._last
        self._failed = 0
        return self.telling.again(self._last.entry, whole=True)

    def _slower(self) -> Next:
        self.telling.slow = True
        if self._last.entry is None:
            return saying.slower(self._last)
        self._failed = 0
        return saying.slower(self.telling.again(self._last.entry))

    def _go_on(self) -> Saying:
        self._failed = 0
        return self.telling.invitation()

    def _nodded(self) -> Next:
        # 「嗯」 to 「还有其他问题吗?」 promises a question; said again and again it is none.
        self._failed += 1
        return self._human("unclear") if self._failed > PATIENCE else saying.asking(Prompt("talk_go_on"))

    def _bye(self) -> Saying:
        ending = SelfServed() if any(question.told for question in self.questions) else Abandoned()
        return Saying(Step.MORE, (Prompt("talk_thanks"),), seconds=3.0, then=ending)

    def _second_half(self) -> Next:
        entry = self._last.entry
        return self.telling.second_half(entry) if entry is not None and self.telling.rest else self._again()

    def _menu_line(self, line: str) -> Next:
        said = self.telling.line(line)
        if said is None:
            return self._fail("unclear")
        self._failed = 0 if said.entry is not None else self._failed
        return said

    def _fail(self, why: str, said: Part | None = None) -> Next:
        """Not understood, or nothing heard: once more, slowly; then a person."""
        self.misses += 1
        self._failed += 1
        last = self._last
        if self._failed >= PATIENCE:
            return self._human(why)
        if last.step is Step.MORE and why == "silent":
            return Saying(Step.MORE, (Prompt("talk_still_there"),))
        if said is not None:
            return saying.asking(said)
        self.telling.slow = True
        if last.step is Step.WHERE:
            return saying.where("talk_which_area_again")
        if last.step in (Step.MENU, Step.CLOSED):
            return last
        if last.step is Step.CONFIRM and self.telling.offered:
            return self.telling.choose(self.telling.offered)
        return saying.asking(Prompt("talk_silent" if why == "silent" else "talk_unclear"))


_FOLLOWS: Final[Mapping[Wish, Callable[[Talk], Next]]] = {
    Wish.HUMAN: Talk._human,
    Wish.YES: Talk._yes,
    Wish.FIRST: lambda talk: talk._nth(0),
    Wish.SECOND: lambda talk: talk._nth(1),
    Wish.NEITHER: Talk._neither,
    Wish.AGAIN: Talk._again,
    Wish.SLOWER: Talk._slower,
    Wish.REST: Talk._second_half,
    Wish.OTHER: Talk._go_on,
    Wish.BYE: Talk._bye,
    Wish.MESSAGE: lambda talk: MessageLeft(talk.topic),
    Wish.CALLBACK: lambda talk: CallbackBooked(talk.topic),
    Wish.TOPICS: lambda talk: talk.telling.groups(),
    Wish.PLACE: lambda talk: talk.where.ask(),
    Wish.NODDED: Talk._nodded,
}
