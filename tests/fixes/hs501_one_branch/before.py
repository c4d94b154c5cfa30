import json

import pandas as pd  # only for reports
import numpy


def handler(event, context):
    """Answer."""
    rows = numpy.array(event["rows"])
    if event.get("report"):
        # The monthly one.
        frame = pd.DataFrame(rows)
        return frame.to_csv()
    return json.dumps(rows.tolist())
