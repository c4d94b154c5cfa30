import multiprocessing


def square(n):
    return n * n


def handler(event, context):
    pool = multiprocessing.Pool(processes=2)
    found = [each + 1 for each in pool.imap_unordered(square, event["numbers"])]
    for each in pool.imap(square, event["numbers"]):
        found.append(each)
    pool.close()
    pool.join()
    return found
