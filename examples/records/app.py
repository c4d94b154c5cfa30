"""Cleans data sets of any size in S3 in the memory and time that it has, and shows what memory a load takes."""

from contextlib import nullcontext
from typing import Annotated

from datasets import cleaning_of, refusal_of

from headstart_kit import Length, MemoryProfile, Range, SourceError, UserError, actions, log
from headstart_kit.batches.resume import read_token
from headstart_kit.batches.stream import run

MB = 1024 * 1024
# For the answer, the log, and what the runtime itself needs meanwhile.
KEPT_FREE_MB = 16
MEMORY_SIZE_MAX_MB = 10_240

profile = MemoryProfile()
handler = actions()


@handler.action
def process_large_dataset(
    key: Annotated[str, Length(1, 900)],
    *,
    batch_size: Annotated[int, Range(1, 100_000)] | None = None,
    resume_token: str | None = None,
) -> dict:
    """Clean the records of one object; when time runs out, the answer has the token with which to ask for the rest.

    ``batch_size``, in records, is for those who want batches smaller than what memory allows.
    """
    cleaning = cleaning_of(key, batch_size=batch_size)
    try:
        check_token(resume_token, source=cleaning.source.name)
        with profile.invocation():
            result = run(cleaning, resume=resume_token)
    except SourceError as error:
        if refusal := refusal_of(error):
            raise refusal from None
        raise
    log.info("records are cleaned", key=key, read=result.read, refused=result.rejected, elapsed_s=result.elapsed_s)
    return {
        "finished": result.finished,
        "resume_token": result.resume_token,
        "read": result.read,
        "cleaned": result.written,
        "refused": result.rejected,
        "output": cleaning.sink.name,
        "dead_letters": cleaning.dead_letters.name if result.rejected else None,
        "memory": profile.report(),
    }


def check_token(token: str | None, *, source: str) -> None:
    """Refuse what is no token before anything is read."""
    if token is None:
        return
    try:
        read_token(token, source=source)
    except ValueError as error:
        raise UserError(f"resume_token: {error}") from None


@handler.action
def memory_test(size_mb: Annotated[int, Range(1, MEMORY_SIZE_MAX_MB)], trace: bool = False) -> dict:
    """Hold a block of that size for a moment, if there is room for it, and tell what it did to the function's memory.

    ``trace`` lists the lines that allocated most, which takes longer.
    """
    most_mb = int(min(profile.room_mb - KEPT_FREE_MB, MEMORY_SIZE_MAX_MB))
    if problem := Range(1, most_mb).problem(size_mb):
        raise UserError(f"size_mb {problem}")
    with profile.invocation():
        with profile.allocations(top=3) if trace else nullcontext(), profile.section("block"):
            # Written to: memory that is only asked for is not yet taken.
            block = bytearray(b"x") * (size_mb * MB)
        del block
    return {"size_mb": size_mb, "most_mb": most_mb, "memory": profile.report()}
