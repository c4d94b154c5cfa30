"""HS503: what a package without bytecode adds to a cold start, against the same with it."""

from installed import packages
from pair import run

_APP = """
import botocore.session

def handler(event, context):
    return botocore.session.__name__
"""

if __name__ == "__main__":
    with (
        packages("botocore", "jmespath", "dateutil", "urllib3", app=_APP) as bad,
        packages("botocore", "jmespath", "dateutil", "urllib3", app=_APP, with_bytecode=True) as good,
    ):
        run(__doc__, bad=bad, good=good, claims="cold")
