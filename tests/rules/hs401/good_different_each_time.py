import boto3
import psycopg2

sts = boto3.client("sts")
shared = psycopg2.connect("dbname=orders")


def of_tenant(role):
    found = sts.assume_role(RoleArn=role, RoleSessionName="orders")["Credentials"]
    session = boto3.Session(
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )
    return session.client("s3")


def in_region(region):
    return boto3.client("s3", region_name=region)


def database(name):
    return psycopg2.connect(dbname=name)


def rows(sql):
    global shared
    try:
        return shared.cursor().execute(sql)
    except psycopg2.OperationalError:
        shared = psycopg2.connect("dbname=orders")
        return shared.cursor().execute(sql)


def handler(event, context):
    region = event["region"]
    in_region(region).list_buckets()
    rows("select 1")
    database(event["tenant"])
    return of_tenant(event["role"]).list_buckets()
