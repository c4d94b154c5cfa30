"""Every file of a plan, by its name, and what to type next."""

import textwrap
from collections.abc import Sequence
from typing import Final

from headstart.infra.synth import cdk_app, cloudformation, sam
from headstart.infra.synth.plan import BUILD, Format, StackPlan

_WIDTH: Final = 120
_IGNORED: Final = {
    Format.CDK: ("cdk.out/", "__pycache__/", ".venv/"),
    Format.CLOUDFORMATION: ("packaged.yaml",),
    Format.SAM: (".aws-sam/",),
}
_WHAT: Final = {
    Format.CDK: "a CDK app, `app.py`, of the constructs of [Headstart](https://pypi.org/project/headstart/)",
    Format.CLOUDFORMATION: "a CloudFormation template, `template.yaml`",
    Format.SAM: "a SAM template, `template.yaml`",
}
_LOOK: Final = {
    Format.CDK: ("pip install -r requirements.txt", "python app.py", "headstart audit cdk.out"),
    Format.CLOUDFORMATION: ("headstart audit template.yaml",),
    Format.SAM: ("headstart audit template.yaml",),
}
_RUN: Final = "`headstart invoke template.yaml` runs the function as the template describes it."
_ABOUT: Final = {
    Format.CDK: (
        "`python app.py` writes `cdk.out`; `headstart invoke cdk.out` runs the function that is in it. Pip brings the "
        "Node that this needs. Deploying takes the CDK's own command line, which `npx` fetches: that is of a Node of "
        "your own. An account needs `npx aws-cdk bootstrap` once."
    ),
    Format.CLOUDFORMATION: (
        f"{_RUN} Deploying takes the AWS CLI: `package` puts the code into your bucket, `deploy` makes or changes the "
        "stack.\n\n"
        "A new version is published when its logical id, `{function}CurrentVersion…`, is another one: rename it when "
        "the code changes, or let `headstart synth --force` write the template anew."
    ),
    Format.SAM: (
        f"{_RUN} Deploying takes the SAM CLI, which publishes a version whenever the code or the settings have changed."
    ),
}


def of(plan: StackPlan, kind: Format) -> dict[str, str]:
    """The text of each file, by its name."""
    files = {}
    if kind is Format.CDK:
        files[cdk_app.FILE] = cdk_app.render(plan)
        files["cdk.json"] = '{\n  "app": "python3 app.py"\n}\n'
        files["requirements.txt"] = f"headstart[cdk]~={plan.version}\n"
    else:
        files[cloudformation.FILE] = (sam if kind is Format.SAM else cloudformation).render(plan)
    files["README.md"] = _readme(plan, kind)
    built = [f"{BUILD}/"] if plan.package.is_built and kind is not Format.CDK else []
    files[".gitignore"] = "\n".join([*_IGNORED[kind], *built]) + "\n"
    return files


def next_commands(kind: Format) -> Sequence[str]:
    """What to type in the folder to see that all is well, before anything is deployed."""
    return _LOOK[kind]


def _deploy(plan: StackPlan, kind: Format) -> Sequence[str]:
    region, stack = plan.spec.region, plan.id
    if kind is Format.CDK:
        return ("npx aws-cdk deploy",)
    if kind is Format.SAM:
        return ("sam build", f"sam deploy --guided --stack-name {stack} --region {region}")
    package = "aws cloudformation package --template-file template.yaml --output-template-file packaged.yaml"
    deploy = f"aws cloudformation deploy --template-file packaged.yaml --stack-name {stack} --region {region}"
    return (f"{package} --s3-bucket YOUR-BUCKET", f"{deploy} --capabilities CAPABILITY_IAM")


def _readme(plan: StackPlan, kind: Format) -> str:
    sections = [
        f"# {plan.spec.name}",
        f"The infrastructure of `{plan.spec.name}`: {_WHAT[kind]}. `headstart synth` {plan.version} wrote it from "
        "headstart.toml, and does not change it again unless it is told to, by `--force`: it is yours.",
        "## Look at it",
        _console(_LOOK[kind]),
        _ABOUT[kind].format(function=plan.function_id),
    ]
    if plan.package.is_built:
        sections += ["## The package", _package(plan, kind)]
    sections += ["## Deploy it", _console(_deploy(plan, kind)), _costs(plan)]
    sections += ["## Whence the numbers are", _numbers(plan)]
    return "\n\n".join(map(_wrapped, sections)) + "\n"


def _wrapped(section: str) -> str:
    """Prose in lines that are not too long; what has lines of its own keeps them."""
    if section.startswith(("```", "- ")):
        return section
    return "\n\n".join(textwrap.fill(paragraph, _WIDTH) for paragraph in section.split("\n\n"))


def _package(plan: StackPlan, kind: Format) -> str:
    ships = "What ships is the code"
    if plan.package.requirements is not None:
        ships += " with what it requires, of wheels for Lambda's machine, and bytecode of all of it"
    if plan.package.left_out:
        ships += f", without {', '.join(plan.package.left_out)}"
    if kind is Format.CDK:
        return f"{ships}: `python app.py` puts that together each time."
    return f"{ships}: that is in `{BUILD}/`. When the code has changed, `headstart synth --force` makes it anew."


def _costs(plan: StackPlan) -> str:
    mails = f" {', '.join(plan.table.emails)} has to confirm the mail of the topic." if plan.table.emails else ""
    alarms = len(plan.alarms) + len(plan.deployment_alarms) + bool(plan.alarms)
    return f"Its {alarms} alarms, and what is provisioned, are billed from then on.{mails}"


def _numbers(plan: StackPlan) -> str:
    said = [f"- `{name}`: {comment}" for name, comment in plan.comments.items()]
    return "\n".join([*said, "- all else is what headstart.toml says, or Headstart's default"])


def _console(commands: Sequence[str]) -> str:
    return "```console\n" + "\n".join(commands) + "\n```"
