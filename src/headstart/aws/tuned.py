"""A function on AWS, made invocable at any memory size, and left as it was found."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from headstart.aws import configuration, marks, names
from headstart.aws.account import Account
from headstart.aws.copied import CopiedSizes
from headstart.aws.invoker import AwsInvoker
from headstart.aws.published import PublishedSizes
from headstart.aws.sending import Sender
from headstart.aws.sizes import Sizes
from headstart.aws.waiting import Waits, settled
from headstart.errors import AwsError, HeadstartError
from headstart.model.caveats import Caveat, CaveatCode
from headstart.model.tuning import TunedFunction


class AwsTarget:
    """What is tuned: ``invoker`` invokes ``function``, whose ``events`` are the caller's to name."""

    def __init__(self, invoker: AwsInvoker, function: TunedFunction, *, sizes: Sizes, sender: Sender) -> None:
        self.invoker = invoker
        self.function = function
        self._sizes = sizes
        self._sender = sender

    def caveats(self) -> tuple[Caveat, ...]:
        """What is in doubt by now: that $LATEST was changed or a copy ran, and throttles."""
        throttles = self._sender.throttles
        throttled = (Caveat(CaveatCode.THROTTLED, f"{throttles} times"),) if throttles else ()
        return self._sizes.caveats() + throttled


@asynccontextmanager
async def tuned(
    function: str,
    *,
    run_id: str,
    now_s: Callable[[], float],
    publishes: bool = True,
    region: str | None = None,
    waits: Waits | None = None,
) -> AsyncIterator[AwsTarget]:
    """Open ``function``, a name or an ARN with or without a qualifier, for invocations at any memory size.

    With ``publishes``, a version for each size is published from $LATEST, whose memory size and description change for
    that moment. Without it, and where the qualifier is a version whose code or settings differ from $LATEST's, each
    size is a copy: a function of its own. Whatever was made is removed at the end, however that comes.

    ``run_id``: 1 to 12 small letters and digits, part of all names. ``now_s`` gives Unix time. ``region``: in place of
    the ARN's, or of what boto3 finds.

    Raises:
        ExtraMissingError: boto3 is not installed.
        InvalidValueError: ``function`` is no name of a function, or its configuration is none that can be tuned.
        AwsError: AWS refused, or others have changed the function; or something could not be removed.
    """
    marks.require_run(run_id)
    name = names.parse(function)
    account = Account(name.region or region)
    waits = waits or Waits()
    client = account.functions
    found = await settled(client, name.unqualified, waits=waits, qualifier=name.qualifier)
    configuration.require_tunable(found)
    latest = found if name.qualifier is None else await settled(client, name.unqualified, waits=waits)
    kind = PublishedSizes if publishes and configuration.is_same_but_memory(found, latest) else CopiedSizes
    original = latest if kind is PublishedSizes else found
    sizes: Sizes = kind(client, original, name=name.unqualified, run_id=run_id, waits=waits)
    sender = Sender(account, log_group=configuration.log_group(found), now_s=now_s, waits=waits)
    invoker = AwsInvoker(configuration.spec(found, account.region), sizes=sizes, sender=sender)
    async with _closing(sizes, name=function):
        yield AwsTarget(invoker, configuration.facts(found, account.region), sizes=sizes, sender=sender)


@asynccontextmanager
async def _closing(sizes: Sizes, *, name: str) -> AsyncIterator[None]:
    try:
        yield
    except BaseException as reason:
        await _close(sizes, name=name, reason=reason)
        raise
    await _close(sizes, name=name, reason=None)


async def _close(sizes: Sizes, *, name: str, reason: BaseException | None) -> None:
    try:
        await sizes.close()
    except HeadstartError as error:
        before = f"{reason.message}; then " if isinstance(reason, HeadstartError) else ""
        raise AwsError(
            f"{before}not everything that tuning made was removed: {error.message}",
            hint=f"headstart tune --aws {name} --cleanup",
        ) from error
