"""A performance lab for AWS Lambda functions in Python."""
