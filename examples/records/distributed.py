"""The same over a Step Functions Distributed Map, for what outgrows one function.

``process_part`` is the handler of the function that the Map's children call; as a script this prints the state machine.
"""

import json

from datasets import cleaning_of, settings

from headstart_kit import MapSettings, distributed_map, handler, process_items

KEY = "people.jsonl"
# A template puts the function's ARN in its place: DefinitionSubstitutions of AWS::Serverless::StateMachine.
FUNCTION_ARN = "${PartFunctionArn}"


@handler(reveal_faults=True)
def process_part(event, _context):
    """Clean the items that a child of the Map was given."""
    return process_items(cleaning_of(KEY), event)


def state_machine() -> dict:
    """The definition, written from what one function does too."""
    map_settings = MapSettings(max_concurrency=50, results=(settings.output_bucket, "map-runs"))
    return distributed_map(cleaning_of(KEY), FUNCTION_ARN, settings=map_settings)


if __name__ == "__main__":
    print(json.dumps(state_machine(), indent=2))
