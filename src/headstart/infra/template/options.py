"""What a reader of templates is told beside the file."""

from collections.abc import Mapping
from typing import Any

import msgspec


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """``parameters`` by name, as text or as JSON values; ``imports`` has the value of each export for Fn::ImportValue.

    ``region`` and ``account_id`` stay symbolic when empty. ``stack`` chooses one of several in a CDK output folder.
    ``allows_unknown_parameters``: those that the template does not have are left, for they are for several templates.
    """

    parameters: Mapping[str, Any] = {}
    imports: Mapping[str, Any] = {}
    region: str = ""
    account_id: str = ""
    stack: str = ""
    allows_unknown_parameters: bool = False
