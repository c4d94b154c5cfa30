def of(event):
    return 1
