"""The house keeps its own rules: those that no linter of ours can say."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(
    path for path in (ROOT / "classkey").rglob("*.py") if "migrations" not in path.parts
)
MANAGERS = {"objects", "_default_manager", "_base_manager"}
LOOK_UPS = {"Q", "exclude", "filter", "get", "get_or_create", "in_bulk", "update_or_create"}
# The vault computes digests, and the model has the field; one module looks codes up (K4, K8).
MAY_NAME_DIGESTS = {"school/redeeming.py", "school/code_vault.py"}


def manager_uses(source: str) -> list[int]:
    """Return the lines that reach for a model's manager."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS
    ]


def code_look_ups(source: str) -> list[int]:
    """Return the lines that look a code up by its text."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.alias | ast.expr) and _looks_a_code_up(node)
    ]


def _looks_a_code_up(node: ast.alias | ast.expr) -> bool:
    if isinstance(node, ast.alias | ast.Attribute):  # code_vault.digests, in whatever way
        return (node.attr if isinstance(node, ast.Attribute) else node.name) == "digests"
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in LOOK_UPS and any(
        re.search(r"(^|__)digest(__|$)", keyword.arg or "") for keyword in node.keywords
    )


def test_fronts_load_through_access_only() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        if path.relative_to(ROOT / "classkey").parts[0] in {"web", "api"}
        for line in manager_uses(path.read_text())
    ]
    assert not found, "use access.visible_* or access.get_*_or_404"


def test_codes_are_looked_up_in_one_module_only() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        if path.relative_to(ROOT / "classkey").as_posix() not in MAY_NAME_DIGESTS
        for line in code_look_ups(path.read_text())
    ]
    assert not found, "only redeeming.py goes from a typed text to a code"


@pytest.mark.parametrize(
    "source",
    [
        "Code.objects.filter(digest=d)",
        "codes.get(digest__in=ds)",
        "Redemption.objects.filter(code__digest=d)",
        "Q(digest=d)",
        "from classkey.school.code_vault import digests",
        "code_vault.digests(text)",
    ],
)
def test_a_look_up_is_recognised(source: str) -> None:
    assert code_look_ups(source) == [1]


def test_making_a_code_is_not_a_look_up() -> None:
    assert not code_look_ups("Code.objects.create(digest=code_vault.digest(text))")


def test_a_module_fits_in_the_head() -> None:
    long = {path.name for path in MODULES if len(path.read_text().splitlines()) > 400}
    assert not long


def lock(name: str) -> str:
    """Return a lock file, without its hashes."""
    text = (ROOT / "requirements" / f"{name}.lock").read_text()
    return re.sub(r"^    --hash=sha256:[0-9a-f]{64}", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["run", "test", "bench"])
def test_a_lock_file_names_no_address(name: str) -> None:
    assert not re.search(r"://|\s@\s|^\s*-", lock(name), re.MULTILINE)


def test_the_tests_run_what_is_run() -> None:
    run, test = (
        set(re.findall(r"^[\w.-]+==\S+", lock(name), re.MULTILINE)) for name in ("run", "test")
    )
    assert run
    assert run <= test


def test_a_dependency_has_its_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    bare = [
        dependency
        for group in groups
        for dependency in group
        if not re.search(rf'^\s*"{re.escape(dependency)}",\s+# \S', text, re.MULTILINE)
    ]
    assert not bare


def test_the_readme_points_to_what_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]
