def encode(name):
    return name.encode()
