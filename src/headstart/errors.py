"""Every exception that Headstart raises.

::

    HeadstartError              has a message (what was wrong, the value, the allowed range) and a hint (what to type)
    ├── RequestError            the request was wrong; the command line exits 2
    │   ├── InvalidValueError   a setting outside its allowed range
    │   ├── ConfigError         headstart.toml or a flag that cannot be understood
    │   ├── TemplateError       a template that cannot be read, with its file and line
    │   ├── EditError           a file that cannot be edited as planned, for it has changed
    │   ├── HandlerError        no handler, or more than one, where one was needed
    │   ├── PackageError        a package that cannot be built or must not be unpacked
    │   ├── RuntimeMissingError no interpreter on this machine for the function's runtime
    │   ├── EventError          an event that cannot be sent
    │   ├── ServiceMissingError a service is asked for whose server is not installed
    │   ├── ExtraMissingError   what an extra of headstart installs is needed, and is not there
    │   └── AwsError            AWS refused: no credentials, no permission, no such function, too many requests
    └── LabError                the lab itself failed; the command line exits 70
        ├── SandboxError        a sandbox could not be started, limited or stopped
        └── ServiceError        a service could not be started

A function that fails is not an exception: see ``headstart.model.invocation.Outcome``.
"""


class HeadstartError(Exception):
    """What every error of Headstart has: a message, and a hint that says what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(HeadstartError):
    """The request was wrong; nothing was run."""


class InvalidValueError(RequestError):
    """A setting outside its allowed range."""

    def __init__(self, name: str, value: object, *, allowed: str, hint: str = "") -> None:
        super().__init__(f"{name} is {value!r}; allowed: {allowed}", hint=hint)
        self.name = name
        self.value = value
        self.allowed = allowed


class ConfigError(RequestError):
    """headstart.toml or a flag that cannot be understood."""


class TemplateError(RequestError):
    """A template that cannot be read; the message begins with its file and line."""


class EditError(RequestError):
    """A file that cannot be edited as planned, for it has changed since."""


class HandlerError(RequestError):
    """No handler, or more than one, where exactly one was needed."""


class PackageError(RequestError):
    """A package that cannot be built, read, or unpacked safely."""


class RuntimeMissingError(RequestError):
    """No interpreter on this machine for the function's runtime."""


class EventError(RequestError):
    """An event that cannot be sent: not JSON, too large, or not found."""


class ServiceMissingError(RequestError):
    """A service is asked for whose server is not installed."""


class ExtraMissingError(RequestError, ImportError):
    """What an extra of headstart installs is needed, and is not there."""


class AwsError(RequestError):
    """AWS refused, or was not reached; ``code`` is the exception's name in AWS's API, empty where there is none."""

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class LabError(HeadstartError):
    """The lab itself failed."""


class SandboxError(LabError):
    """A sandbox could not be started, limited or stopped."""


class ServiceError(LabError):
    """A service could not be started."""
