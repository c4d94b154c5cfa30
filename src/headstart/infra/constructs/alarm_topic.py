"""Where alarms are sent to: an SNS topic that takes nothing but TLS, and that CloudWatch may publish to."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


class AlarmTopic(Construct):
    """A topic with a generated name for the alarms of the account; ``emails`` get a mail to confirm first."""

    topic: sns.Topic

    def __init__(self, scope: Construct, construct_id: str, *, emails: Sequence[str] = ()) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        self.topic.add_to_resource_policy(self._publishing())
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def _publishing(self) -> iam.PolicyStatement:
        """The TLS policy replaces the one of SNS that lets the account's own alarms publish.

        Source: https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger (2026-11-25)
        """
        stack = cdk.Stack.of(self)
        alarms = stack.format_arn(
            service="cloudwatch", resource="alarm", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
        )
        return iam.PolicyStatement(
            sid="AlarmsPublish",
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[self.topic.topic_arn],
            conditions={"ArnLike": {"aws:SourceArn": alarms}, "StringEquals": {"aws:SourceAccount": stack.account}},
        )
