import argparse

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    return s3.list_buckets()


def upload(path):
    with open(path, "rb") as body:
        boto3.client("s3").put_object(Bucket="b", Key=path, Body=body)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("path")
    upload(arguments.parse_args().path)


if __name__ == "__main__":
    main()
