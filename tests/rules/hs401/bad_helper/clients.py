import boto3


def storage():
    session = boto3.session.Session()
    return session.client("s3")  # HS401
