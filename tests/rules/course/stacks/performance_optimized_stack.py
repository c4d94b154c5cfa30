from aws_cdk import Duration, Stack
from aws_cdk import aws_applicationautoscaling as appscaling
from aws_cdk import aws_lambda as _lambda


class PerformanceOptimizedStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:  # D01
        super().__init__(scope, construct_id, **kwargs)

        orders = _lambda.Function(  # D19
            self,
            "OrderFunction",
            runtime=_lambda.Runtime.PYTHON_3_9,  # D09
            handler="index.lambda_handler",
            code=_lambda.Code.from_asset("lambda_functions/optimized_cold_start"),
            memory_size=1024,
            timeout=Duration.seconds(30),
            environment={"LOG_LEVEL": "INFO", "MAX_RETRY_ATTEMPTS": "3", "CACHE_TTL": "300"},
            # Set concurrency aside, to avoid cold starts
            reserved_concurrent_executions=20,  # D13
        )

        version = orders.current_version  # D18
        _lambda.Alias(  # D20
            self,
            "ProdAlias",
            alias_name="PROD",
            version=version,
            provisioned_concurrency_config=_lambda.ProvisionedConcurrencyConfig(  # D02 D03
                provisioned_concurrent_executions=5
            ),
        )

        target = appscaling.ScalableTarget(  # D17
            self,
            "OrderScaling",
            service_namespace=appscaling.ServiceNamespace.LAMBDA,
            scalable_dimension="lambda:function:ProvisionedConcurrency",
            resource_id=f"function:{orders.function_name}:PROD",  # D07
            min_capacity=5,
            max_capacity=50,  # D08
        )
        target.scale_on_metric(  # D06 D15
            "ScaleOnInvocations",
            metric=orders.metric_invocations(period=Duration.minutes(1)),
            scaling_steps=[  # D14
                appscaling.ScalingInterval(upper=10, change=0),
                appscaling.ScalingInterval(lower=10, upper=50, change=+5),
                appscaling.ScalingInterval(lower=50, change=+10),
            ],
            adjustment_type=appscaling.AdjustmentType.CHANGE_IN_CAPACITY,
        )
        target.scale_to_track_metric(
            "TrackUtilization",
            target_value=0.7,
            metric=appscaling.predefined_metric_specification(  # D04 D05 D16
                predefined_metric_type=appscaling.PredefinedMetric.LAMBDA_PROVISIONED_CONCURRENCY_UTILIZATION
            ),
        )
