"""The CDK itself, for apps that take it from ``headstart.cdk``: then the Node is provided before it starts one."""

import aws_cdk as cdk
from constructs import Construct

__all__ = ["Construct", "cdk"]
