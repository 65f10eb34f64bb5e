"""What can go wrong in the simulator itself, apart from a check that does not hold."""


class SimError(Exception):
    """Root of the simulator's errors; the text is one line a tester can act on."""


class BadScenario(SimError):
    """A scenario, load or profile file that says something we cannot do."""


class PhoneError(SimError):
    """A phone could not do what it was told: not registered, call gone, far end refused."""


class MissingTool(SimError):
    """A program the command needs (SIPp, a voice, a recogniser) is not on this machine."""
