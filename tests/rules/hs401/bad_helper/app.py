from clients import storage


def handler(event, context):
    return storage().list_objects_v2(Bucket="b")["KeyCount"]
