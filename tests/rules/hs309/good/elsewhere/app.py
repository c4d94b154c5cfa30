import pandas


def handler(event, context):
    return len(pandas.DataFrame(event))
