"""One phone inside a worker: an account on the SIP system under test, and the legs it has."""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from baresip.call import Call
from baresip.errors import BaresipError, RegistrationError
from baresip.ua import UserAgent

from sim.account import Account
from sim.errors import PhoneError
from sim.stack import Stack

_REGISTER_SECONDS = 8.0


class Phone:
    """The account, living on the stack of this process."""

    def __init__(self, account: Account, agent: UserAgent) -> None:
        self.account = account
        self._agent = agent

    @classmethod
    async def create(cls, stack: Stack, account: Account, on_call: Callable[[Call, str], None]) -> "Phone":
        """A phone that is not registered yet. `on_call(call, direction)` is told of calls that come without `dial`:
        direction `in`, or `transfer` when the far end sent us on to somebody else."""
        try:
            agent = await UserAgent.create(stack.runtime, account.line(), transfer_policy="auto")
        except BaresipError as error:
            raise PhoneError(f"phone {account.user}: {error}") from error
        agent.on_incoming(lambda call: on_call(call, "in"))
        agent.on_transfer_call(lambda call: on_call(call, "transfer"))
        return cls(account, agent)

    async def register(self) -> None:
        """Register. Raises `PhoneError` with the registrar's answer."""
        try:
            await self._agent.register(timeout=_REGISTER_SECONDS)
        except RegistrationError as error:
            raise PhoneError(f"{self.account.user} could not register: {error}") from error

    async def unregister(self) -> None:
        """Take the registration away."""
        try:
            await self._agent.unregister(timeout=_REGISTER_SECONDS)
        except RegistrationError as error:
            raise PhoneError(f"{self.account.user} could not unregister: {error}") from error

    async def dial(self, number: str, headers: Mapping[str, str]) -> Call:
        """Send an INVITE to `number` (a whole `sip:` address is taken as it is) and return at once."""
        user = quote(number, safe="*+")
        address = number if number.startswith("sip:") else f"sip:{user}@{self.account.host}:{self.account.port}"
        try:
            return await self._agent.dial(address, headers=dict(headers))
        except (BaresipError, ValueError) as error:
            raise PhoneError(f"{self.account.user} cannot dial {number}: {error}") from error
