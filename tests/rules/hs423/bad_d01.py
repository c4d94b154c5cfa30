from aws_cdk import Duration, Stack
from aws_cdk import aws_lambda as _lambda


class Shop(Stack):
    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:  # HS423
        super().__init__(scope, construct_id, **kwargs)
        _lambda.Function(
            self,
            "Orders",
            runtime=_lambda.Runtime.PYTHON_3_13,
            handler="app.handler",
            code=_lambda.Code.from_inline("def handler(event, context): return event"),
            timeout=Duration.seconds(30),
        )
