"""``[infrastructure]`` of headstart.toml: what a stack has beside its function, in the words of the constructs."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from headstart.model.alarm_settings import AlarmSettings, Evaluation
from headstart.model.function import InitializationType
from headstart.model.provisioned_settings import CapacitySchedule, ProvisionedSettings, UtilizationTracking
from headstart.model.traffic_shift import Shift

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html (2026-11-25)
_ID: Final = r"-([0-9a-f]{8}|[0-9a-f]{17})"


class VpcTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[infrastructure.vpc]``: what is there already, by its ids."""

    id: str
    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


class InfrastructureTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[infrastructure]``; None: there is none of it. ``failed_events``: a queue keeps asynchronous ones."""

    alias: str = "live"
    log_retention_days: int = 14
    tracing: bool = True
    failed_events: bool = False
    dashboard: bool = False
    emails: tuple[str, ...] = ()
    reserved: int | None = None
    provisioned: ProvisionedSettings | None = None
    alarms: AlarmSettings = AlarmSettings()
    shift: Shift | None = None
    vpc: VpcTable | None = None

    @property
    def initialization(self) -> InitializationType:
        """What its environments are begun by."""
        is_provisioned = self.provisioned is not None
        return InitializationType.PROVISIONED_CONCURRENCY if is_provisioned else InitializationType.ON_DEMAND


# The tables in the table, by where they stand.
INNER: Final[dict[str, type[msgspec.Struct]]] = {
    "infrastructure.provisioned": ProvisionedSettings,
    "infrastructure.provisioned.tracking": UtilizationTracking,
    "infrastructure.provisioned.schedules": CapacitySchedule,
    "infrastructure.alarms": AlarmSettings,
    "infrastructure.alarms.evaluation": Evaluation,
    "infrastructure.shift": Shift,
    "infrastructure.vpc": VpcTable,
}


def problems_of(vpc: VpcTable) -> Iterator[str]:
    """Ids that are none, or lists of them that Lambda refuses."""
    for name, kind, ids in (
        ("id", "vpc", (vpc.id,)),
        ("subnet_ids", "subnet", vpc.subnet_ids),
        ("security_group_ids", "sg", vpc.security_group_ids),
    ):
        if not ids or not all(re.fullmatch(kind + _ID, each) for each in ids):
            yield f"{name} is {', '.join(map(repr, ids)) or 'empty'}; allowed: {kind}- and 8 or 17 digits from 0 to f"
