import idna


def handler(event, context):
    return idna.encode(event["name"]).decode()
