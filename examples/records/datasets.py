"""What is done to a data set, said once: for one function, for a Distributed Map, for a durable function."""

from botocore.exceptions import BotoCoreError
from cleaning import clean

from headstart_kit import Batch, S3Upload, SourceError, StreamOptions, UserError, boto3_client, read_settings, source_at
from headstart_kit.batches.s3_upload import PART_BYTES_MIN


class Settings:
    """No event can name another bucket."""

    input_bucket: str
    output_bucket: str


# Twice as much is not faster, and takes 17 MB more: README.md has the figures.
BATCH_BYTES = 64 * 1024
NOT_THERE = {"NoSuchKey", "404"}
CHANGED = {"PreconditionFailed", "412", "NoSuchUpload"}

settings = read_settings(Settings)
s3 = boto3_client("s3", eager=True)


def cleaning_of(key: str, *, batch_size: int | None = None) -> Batch:
    """From the object ``key`` of the one bucket into two of the other: what is clean, and what was refused and why."""
    try:
        source = source_at(f"s3://{settings.input_bucket}/{key}", client=s3)
    except ValueError as error:
        raise UserError(str(error), status=415) from None
    return Batch(
        source,
        clean,
        sink=upload(f"{key}.clean.jsonl"),
        dead_letters=upload(f"{key}.refused.jsonl"),
        options=StreamOptions(max_records=batch_size, max_batch_bytes=BATCH_BYTES),
    )


def upload(key: str) -> S3Upload:
    """Of the smallest parts there are, up to 50 GB: a part of each is held in memory, for a moment twice."""
    return S3Upload(settings.output_bucket, key, client=s3, part_bytes=PART_BYTES_MIN)


def refusal_of(error: SourceError) -> UserError | None:
    """The answer to a caller whose data set cannot be read; None where that is no fault of theirs."""
    cause = error.__cause__
    code = getattr(cause, "response", {}).get("Error", {}).get("Code")
    if code in NOT_THERE:
        return UserError(str(error), status=404)
    if isinstance(cause, ImportError):
        return UserError(str(error), status=415)  # Parquet, and no pyarrow in the package
    is_of_the_data = code in CHANGED or not (code or isinstance(cause, (OSError, BotoCoreError)))
    return UserError(str(error), status=422) if is_of_the_data else None
