"""What ``async_tasks`` can do: each kind reads something real, and says how much it was."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urljoin

from headstart_kit import (
    AddressRefusedError,
    AllowList,
    DeadlineError,
    HttpClient,
    HttpStatusError,
    Length,
    Pattern,
    SqlClient,
    TooLargeError,
    UserError,
    read_file,
    read_object,
    read_settings,
)
from headstart_kit.annotations import check_of_arguments
from headstart_kit.json_checks import checked, kind, shown

DATA = Path(__file__).parent / "data"
FileName = Annotated[str, Pattern(r"[A-Za-z0-9_-]{1,64}\.csv", what="the name of a CSV file")]


class Settings:
    """Beside DATABASE_URL, which the kit reads. Origins are separated by spaces: ``https://api.example.com``."""

    data_bucket: str
    http_origins: str = ""
    private_http_origins: str = ""
    aws_endpoint_url: str = ""  # where something stands in for AWS: not on AWS itself


settings = read_settings(Settings)
private = f"{settings.private_http_origins} {settings.aws_endpoint_url}"
http = HttpClient(AllowList(*settings.http_origins.split(), private=private.split()))
database = SqlClient()


async def over_http(url: Annotated[str, Length(1, 2_000)]) -> dict:
    """A resource of an allowed origin; a path alone is one at AWS's stand-in."""
    response = (await http.get(urljoin(settings.aws_endpoint_url, url))).raise_for_status()
    return {"status": response.status, "size_bytes": response.size_bytes}


async def from_database(station: Annotated[str, Length(1, 100)]) -> dict:
    """A year of a station."""
    rows = await database.fetch("SELECT day, celsius FROM readings WHERE station = %s", [station])
    return {"row_count": len(rows)}


async def from_file(name: FileName) -> dict:
    """A file that came with the function."""
    try:
        content = await read_file(DATA / name)
    except FileNotFoundError:
        raise UserError(f"there is no file {name}", status=404) from None
    return {"size_bytes": len(content), "line_count": content.count(b"\n")}


async def from_s3(key: Annotated[str, Length(1, 900)]) -> dict:
    """An object in the function's bucket."""
    try:
        content = await read_object(settings.data_bucket, key)
    except Exception as error:
        if type(error).__name__ != "NoSuchKey":  # boto3 makes the class when it makes the client
            raise
        raise UserError(f"there is no object {shown(key)}", status=404) from None
    return {"size_bytes": len(content)}


KINDS = {"http": over_http, "sql": from_database, "file": from_file, "s3": from_s3}
CHECKS = {name: check_of_arguments(function) for name, function in KINDS.items()}
# Their messages say nothing of this function's inside.
FIT_FOR_CALLERS = (UserError, HttpStatusError, TooLargeError, ConnectionError, TimeoutError, DeadlineError)


async def read(task: object) -> dict:
    """What a task has read; it is ``{"kind": one of KINDS, **arguments}``."""
    if not isinstance(task, dict):
        raise UserError(f"a task must be an object, is {kind(task)}")
    allowed = f"allowed: {', '.join(KINDS)}"
    if "kind" not in task:
        raise UserError(f"kind is missing; {allowed}")
    name = task["kind"]
    if not isinstance(name, str) or name not in KINDS:
        raise UserError(f"kind is {shown(name) if isinstance(name, str) else kind(name)}; {allowed}")
    arguments = {key: value for key, value in task.items() if key != "kind"}
    return {"kind": name, **await KINDS[name](**checked(arguments, CHECKS[name]))}


def reason(error: BaseException) -> str | None:
    """What a caller may be told of a failure; None, where that is nothing."""
    if isinstance(error, AddressRefusedError):
        return "the URL leads to where this function may not go"
    return str(error) if isinstance(error, FIT_FOR_CALLERS) else None
