"""The services whose events a program says that it takes, by the names of Powertools' data classes and batches."""

import ast
import json
from collections.abc import Iterator
from typing import Final

from headstart.infra import sample_events
from headstart.infra.event_proposals.candidate import Candidate
from headstart.infra.event_proposals.program import Program
from headstart.infra.event_proposals.reached import reached_by

_PACKAGE: Final = "aws_lambda_powertools"
# The sample of each class in utilities.data_classes, and of each member of batch's EventType.
_SAMPLES: Final = {
    "SQSEvent": "sqs",
    "S3Event": "s3-put",
    "SNSEvent": "sns",
    "SESEvent": "ses",
    "KinesisStreamEvent": "kinesis",
    "KinesisFirehoseEvent": "firehose",
    "DynamoDBStreamEvent": "dynamodb-stream",
    "EventBridgeEvent": "eventbridge",
    "CloudWatchLogsEvent": "cloudwatch-logs",
    "CodePipelineJobEvent": "codepipeline",
    "PreSignUpTriggerEvent": "cognito-pre-signup",
    "EventType.SQS": "sqs",
    "EventType.KinesisDataStreams": "kinesis",
    "EventType.DynamoDBStreams": "dynamodb-stream",
    "SqsFifoPartialProcessor": "sqs",
}


def candidates(program: Program) -> Iterator[Candidate]:
    """The sample event of each service, at the first place that names it."""
    for module, node in program.nodes():
        if isinstance(node, ast.Name | ast.Attribute):
            package, _, name = program.full_name(module, node).partition(".")
            ending = name.split(".")
            sample = _SAMPLES.get(".".join(ending[-2:])) or _SAMPLES.get(ending[-1])
            if package == _PACKAGE and sample:
                event = json.loads(sample_events.load(sample).payload)
                for reach in reached_by(event):
                    yield Candidate(reach=reach, place=module.place(node), event=event)
