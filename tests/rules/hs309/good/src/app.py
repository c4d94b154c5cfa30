import sys
from typing import TYPE_CHECKING

import boto3
import prices
from dateutil.parser import parse
from vendored import tool

import shared

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

if sys.version_info < (3, 11):
    import tomli

try:
    import orjson as json
except ImportError:
    import json


def handler(event, context):
    return json.dumps([prices.of(event), shared.name, str(parse(event["day"])), tool.name, boto3.__version__])
