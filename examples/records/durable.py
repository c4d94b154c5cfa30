"""The same as a Lambda durable function: over as many invocations as it takes, and nobody has to carry the token."""

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from datasets import cleaning_of

from headstart_kit import process_durably

SLICES = 8


@durable_execution
def durable_handler(event: dict, context: DurableContext) -> dict:
    """Clean the object ``key``, a slice of it after another, each into an object of its own."""
    return process_durably(cleaning_of(event["key"]), context, slices=SLICES)
