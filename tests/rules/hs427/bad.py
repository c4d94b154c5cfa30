def load(name):
    try:
        with open(name) as file:
            return file.read()
    except MemoryError:  # HS427
        return ""


def handler(event, context):
    return len(load("/tmp/data"))
