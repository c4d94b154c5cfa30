"""Lazy resources, caching and deadlines for the inside of a Lambda function; its features arrive with later releases."""
