import tempfile

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    path = f"/tmp/{event['key']}"
    s3.download_file("orders", event["key"], path)  # HS406
    with open("/tmp/" + context.aws_request_id, "wb") as out:  # HS406
        out.write(b"x")
    folder = tempfile.mkdtemp()  # HS406
    kept = tempfile.NamedTemporaryFile(delete=False)  # HS406
    return folder, kept.name
