"""Import trees for the tests of the reports: that of the usual sins, and a large one."""

import msgspec

from headstart.model.results import ImportNode


def node(module: str, self_ms: float, *children: ImportNode, used: bool = False, place: str = "") -> ImportNode:
    """An import whose sums follow from its children; ``place`` is importer:line."""
    importer, _, line = place.partition(":")
    standard = module.split(".", maxsplit=1)[0] in {"json", "decimal", "http", "logging", "sqlite3", "xml", "email"}
    return ImportNode(
        module=module,
        self_ms=self_ms,
        cumulative_ms=self_ms + sum(child.cumulative_ms for child in children),
        memory_mb=self_ms * 0.08 + sum(child.memory_mb for child in children),
        files=2 + sum(child.files for child in children),
        used=used,
        subtree_used=used or any(child.subtree_used for child in children),
        in_package=not standard,
        distribution=module.split(".", maxsplit=1)[0],
        importer=importer,
        line=int(line or 0),
        has_bytecode=module != "app",
        children=children,
    )


def import_tree() -> tuple[ImportNode, ...]:
    """The usual sins: pandas and boto3 at the top, for one rare branch."""
    numpy = node(
        "numpy",
        18.0,
        node("numpy._core", 31.0, node("numpy._core.multiarray", 24.5), node("numpy._core.numeric", 9.1)),
        node("numpy.linalg", 11.2),
        node("numpy.random", 22.8, node("numpy.random._generator", 8.0)),
        node("numpy.ma", 9.7),
        place="pandas/__init__.py:16",
    )
    pandas = node(
        "pandas",
        4.1,
        numpy,
        node("pytz", 12.0, place="pandas/__init__.py:16"),
        node("dateutil", 1.4, node("dateutil.parser", 9.9), place="pandas/__init__.py:16"),
        node("pandas._libs", 38.0, node("pandas._libs.tslibs", 44.0), node("pandas._libs.interval", 7.1)),
        node("pandas.core", 21.0, node("pandas.core.frame", 62.0), node("pandas.core.arrays", 48.5)),
        node("pandas.io", 14.0, node("pandas.io.formats", 18.0), node("pandas.io.excel", 13.3)),
        place="app.py:4",
    )
    botocore = node(
        "botocore",
        3.0,
        node("botocore.session", 14.0, node("botocore.client", 21.0), used=True),
        node("urllib3", 6.0, node("http.client", 4.0, node("email.parser", 6.2)), place="botocore/httpsession.py:9"),
        place="boto3/session.py:17",
    )
    boto3 = node("boto3", 2.2, node("boto3.session", 3.1), botocore, place="app.py:5")
    pydantic = node("pydantic", 12.0, node("pydantic_core", 33.0, used=True), used=True, place="app.py:6")
    jinja2 = node("jinja2", 6.0, node("jinja2.environment", 14.0, used=True), node("markupsafe", 2.0), place="app.py:7")
    standard = (node("json", 0.2, used=True, place="app.py:1"), node("sqlite3", 5.4, place="app.py:2"))
    late = msgspec.structs.replace(node("xml.etree", 7.5, used=True, place="app.py:88"), in_handler=True)
    app = node("app", 4.0, *standard, pandas, boto3, pydantic, jinja2, used=True)
    return app, late


def large_tree(modules: int) -> tuple[ImportNode, ...]:
    """A tree of about that many modules with long names, forty to a package."""
    packages = tuple(
        node(
            f"enterprise_library_{package}",
            3.0,
            *(
                node(
                    f"enterprise_library_{package}.subpackage_{leaf}.implementation_module_{leaf}",
                    0.4 + leaf / 40,
                    used=leaf % 2 == 0,
                    place=f"enterprise_library_{package}/subpackage_{leaf}/__init__.py:{leaf + 1}",
                )
                for leaf in range(39)
            ),
            place=f"app.py:{package + 1}",
        )
        for package in range(modules // 40)
    )
    return (node("app", 2.0, *packages, used=True),)
