"""AWS quotas and platform constants, each with the page it is from and the date it was read."""

from typing import Final

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-23)
MEMORY_MB_MIN: Final = 128
MEMORY_MB_MAX: Final = 10_240
TIMEOUT_S_MIN: Final = 1
TIMEOUT_S_MAX: Final = 900
TIMEOUT_S_DEFAULT: Final = 3
EPHEMERAL_STORAGE_MB_MIN: Final = 512
EPHEMERAL_STORAGE_MB_MAX: Final = 10_240
OPEN_FILES_MAX: Final = 1_024
ENVIRONMENT_VARIABLES_BYTES_MAX: Final = 4 * 1024
LAYERS_MAX: Final = 5
PACKAGE_UNZIPPED_MB_MAX: Final = 250
# Uploaded directly; through S3 only the unzipped limit holds.
PACKAGE_ZIPPED_MB_MAX: Final = 50
REQUEST_BYTES_MAX: Final = 6 * 1024 * 1024
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (2026-11-25)
FUNCTION_NAME_MAX: Final = 64
# 6 MB plus 100 bytes, as in the error text and in the runtime API (recorded on AWS 2025-11-24).
RESPONSE_BYTES_MAX: Final = 6_291_556
# rlimit NPROC inside an environment (recorded on AWS 2026-01).
PROCESSES_MAX: Final = 742

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (2026-11-23):
# "At 1,769 MB, a function has the equivalent of one vCPU"
MEMORY_MB_PER_VCPU: Final = 1_769
# (memory size above which it holds, vCPUs visible): measured, memory-and-cpu 5.2 (2022-23 and 2021).
VISIBLE_VCPUS: Final = ((8_845, 6), (7_076, 5), (5_307, 4), (3_008, 3), (0, 2))
# What Max Memory Used of a function that does nothing has on AWS beyond the same process here: 31 to 38 MB
# (lambda-perf, Python 3.9 to 3.14, 2026-08) against about 15.
OWN_PROCESSES_MB: Final = 20
# CFS bandwidth period of the platform: measured, EuroSys'26 "Demystifying Serverless Costs".
CPU_PERIOD_US: Final = 20_000

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (2026-11-23)
INIT_TIMEOUT_S: Final = 10
PROVISIONED_INIT_TIMEOUT_S_MIN: Final = 130
SHUTDOWN_S: Final = 2

# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (2026-11-23)
LOG_TAIL_BYTES: Final = 4 * 1024
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html (2026-11-23)
LOG_LINE_BYTES_MAX: Final = 256 * 1024

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html (2026-11-23)
PYTHON_RUNTIMES: Final = ("python3.10", "python3.11", "python3.12", "python3.13", "python3.14")
CUSTOM_RUNTIMES: Final = ("provided.al2", "provided.al2023")

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (2026-11-23): of an account's concurrency, the
# default quota, and what no function can reserve
ACCOUNT_CONCURRENCY_DEFAULT: Final = 1_000
UNRESERVED_CONCURRENCY_MIN: Final = 100
# https://docs.aws.amazon.com/lambda/latest/api/API_ScalingConfig.html (2026-11-23)
MAXIMUM_CONCURRENCY_MIN: Final = 2
MAXIMUM_CONCURRENCY_MAX: Final = 1_000
# https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html (2026-11-23): target tracking's range
UTILIZATION_TARGET_MIN: Final = 0.1
UTILIZATION_TARGET_MAX: Final = 0.9

# https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html (2026-11-25): the runtimes of Python that have it; neither
# with provisioned concurrency, nor EFS, nor more than 512 MB of /tmp
SNAP_START_PYTHON_RUNTIMES: Final = ("python3.12", "python3.13", "python3.14")
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html (2026-11-25): loading the runtime and
# the hooks after the restore, together; else SnapStartTimeoutException
SNAP_START_RESTORE_S: Final = 10
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html (2026-11-25)
ASYNC_RETRIES_MAX: Final = 2
ASYNC_EVENT_AGE_S_MIN: Final = 60
ASYNC_EVENT_AGE_S_MAX: Final = 21_600
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html (2026-11-25)
LOG_RETENTION_DAYS: Final = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html and
# http-api-quotas.html (2026-11-25): how long an integration may take; of a regional REST API it can be raised
REST_API_TIMEOUT_S: Final = 29
HTTP_API_TIMEOUT_S: Final = 30
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html and
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html (2026-11-25): "six times the timeout"
VISIBILITY_TIMEOUT_S_DEFAULT: Final = 30
VISIBILITY_TIMEOUT_S_MAX: Final = 43_200
VISIBILITY_TIMEOUTS: Final = 6
# https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html (2026-11-25): from the first to the last shift
TRAFFIC_SHIFT_MINUTES_MAX: Final = 2_880
# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html, input-output-itembatcher.html and
# service-quotas.html (2026-11-25)
MAP_CONCURRENCY_MAX: Final = 10_000
MAP_BATCH_ITEMS_MAX: Final = 100_000_000
MAP_BATCH_BYTES_MAX: Final = 256 * 1024
EXPRESS_WORKFLOW_S_MAX: Final = 300
