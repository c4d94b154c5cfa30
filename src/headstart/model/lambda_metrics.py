"""The metrics that Lambda publishes in CloudWatch: their names, the statistic each is read with, and their dimensions.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, monitoring-concurrency.html,
urls-monitoring.html, durable-monitoring.html and lambda-managed-instances-monitoring.html (all 2026-11-23).
"""

from typing import Final

NAMESPACE: Final = "AWS/Lambda"
PERIOD_S_MIN: Final = 60

# "Invocation metrics are binary indicators of the outcome … View these metrics with the Sum statistic."
OUTCOMES: Final = frozenset(
    {
        "Invocations",
        "Errors",
        "Throttles",
        "DeadLetterErrors",
        "DestinationDeliveryFailures",
        "ProvisionedConcurrencyInvocations",
        "ProvisionedConcurrencySpilloverInvocations",
        "RecursiveInvocationsDropped",
        "CPUThrottles",
        "MemoryThrottles",
        "DiskThrottles",
        "ConcurrencyThrottles",
    }
)
COUNTS: Final = frozenset(
    {
        "AsyncEventsReceived",
        "AsyncEventsDropped",
        "OversizedRecordCount",
        "SignatureValidationErrors",
        "UrlRequestCount",
        "Url4xxCount",
        "Url5xxCount",
        "PolledEventCount",
        "FilteredOutEventCount",
        "InvokedEventCount",
        "FailedInvokeEventCount",
        "DroppedEventCount",
        "OnFailureDestinationDeliveredEventCount",
        "DeletedEventCount",
        "CommittedEventCount",
        "PollingErrorCount",
        "InvokeErrorCount",
        "OnFailureDestinationDeliveryErrorCount",
        "SchemaRegistryErrorCount",
        "CommitErrorCount",
        "EventPollerUnit",
        "EventPollerThroughputInBytes",
        "DurableExecutionStarted",
        "DurableExecutionStopped",
        "DurableExecutionSucceeded",
        "DurableExecutionFailed",
        "DurableExecutionTimedOut",
        "DurableExecutionOperations",
        "DurableExecutionStorageWrittenBytes",
    }
)
# In milliseconds, but for OffsetLag.
TIMES: Final = frozenset(
    {
        "Duration",
        "PostRuntimeExtensionsDuration",
        "IteratorAge",
        "AsyncEventAge",
        "UrlRequestLatency",
        "DurableExecutionDuration",
        "OffsetLag",
    }
)
# "View this metric using MAX."
CONCURRENCY: Final = frozenset(
    {
        "ConcurrentExecutions",
        "UnreservedConcurrentExecutions",
        "ClaimedAccountConcurrency",
        "ProvisionedConcurrentExecutions",
        "ProvisionedConcurrencyUtilization",
    }
)
OTHER_LEVELS: Final = frozenset(
    {
        "ProvisionedPollers",
        "MaxOffsetLag",
        "SumOffsetLag",
        "ApproximateRunningDurableExecutions",
        "ApproximateRunningDurableExecutionsUtilization",
        "CPUUtilization",
        "MemoryUtilization",
        "vCPUAvailable",
        "MemoryAvailable",
        "vCPUAllocated",
        "MemoryAllocated",
    }
)
METRICS: Final = OUTCOMES | COUNTS | TIMES | CONCURRENCY | OTHER_LEVELS

# Published for the Region alone: with a dimension they have no data.
OF_THE_REGION: Final = frozenset({"UnreservedConcurrentExecutions", "ClaimedAccountConcurrency"})
DIMENSIONS: Final = frozenset(
    {
        "FunctionName",
        "Resource",
        "ExecutedVersion",
        "EventSourceMappingUUID",
        "TenantId",
        "CapacityProviderName",
        "InstanceType",
    }
)
