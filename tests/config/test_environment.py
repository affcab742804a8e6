"""What the environment has to say, and what happens when it says it wrong."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from classkey.config.environment import NEEDED, check, instructor_signup

KEY = "b25seS1mb3ItdGVzdHMtY2lwaGVyLWtleS1uZXdlciE="  # opens nothing
RIGHT = dict.fromkeys(NEEDED, "something") | {
    "CLASSKEY_CODE_CIPHER_KEYS": f"{KEY},{KEY}",
    "CLASSKEY_ADDRESS": "https://classkey.example",
    "CLASSKEY_INSTRUCTOR_SIGNUP": "code",
}


def refusal(changes: dict[str, str], *, demo: bool = False) -> str:
    """Why Classkey does not start with these changes to an environment that is right."""
    with pytest.raises(ImproperlyConfigured) as caught:
        check(RIGHT | changes, demo=demo)
    return str(caught.value)


def test_all_is_well() -> None:
    check(RIGHT, demo=False)
    check({}, demo=True)


def test_a6_production_names_all_that_it_misses_and_knows_no_default() -> None:
    told = refusal(dict.fromkeys(NEEDED, ""))
    for name, meaning in NEEDED.items():
        assert f"\n  {name}: {meaning}" in told


@pytest.mark.parametrize("name", NEEDED)
def test_a6_each_is_needed(name: str) -> None:
    assert refusal({name: ""}).splitlines()[1:] == [f"  {name}: {NEEDED[name]}"]


def test_what_is_missing_and_what_is_malformed_is_said_in_one_go() -> None:
    told = refusal(
        {
            "CLASSKEY_SECRET_KEY": "",
            "CLASSKEY_ADDRESS": "classkey.example",
            "CLASSKEY_INSTRUCTOR_SIGNUP": "x",
        }
    )
    assert [line.split(":")[0] for line in told.splitlines()[1:]] == [
        "  CLASSKEY_SECRET_KEY",
        "  CLASSKEY_ADDRESS (malformed)",
        "  CLASSKEY_INSTRUCTOR_SIGNUP (malformed)",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CLASSKEY_CODE_CIPHER_KEYS", "not-a-key"),
        ("CLASSKEY_CODE_CIPHER_KEYS", f"{KEY},{KEY[:-4]}"),
        ("CLASSKEY_CODE_CIPHER_KEYS", "schlüssel"),
        ("CLASSKEY_CODE_CIPHER_KEYS", ","),
        ("CLASSKEY_ADDRESS", "classkey.example"),
        ("CLASSKEY_ADDRESS", "classkey.example:8000"),
        ("CLASSKEY_ADDRESS", "ftp://classkey.example"),
        ("CLASSKEY_ADDRESS", "https://"),
        ("CLASSKEY_ADDRESS", "https://[classkey"),
    ],
)
@pytest.mark.parametrize("demo", [False, True])
def test_a_malformed_value_stops_the_start_and_is_not_quoted(
    name: str, text: str, *, demo: bool
) -> None:
    [line] = refusal({name: text}, demo=demo).splitlines()[1:]
    assert line == f"  {name} (malformed): {NEEDED[name]}"


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("anyone", ("anyone", [])),
        (" code ", ("code", [])),
        ("domains:school.example", ("domains", ["school.example"])),
        (
            "domains: School.example, academy.example,",
            ("domains", ["school.example", "academy.example"]),
        ),
    ],
)
def test_p4_a_policy_is_one_of_three(text: str, policy: tuple[str, list[str]]) -> None:
    assert instructor_signup(text) == policy


@pytest.mark.parametrize(
    "text",
    ["domain:school.org", "anyonee", "Anyone", "anyone:school.org", "code:", "domains", "domains:",
     "domains: ,", "domains:@school.org", "domains:school.org other.org", "school.org"],
)  # fmt: skip
def test_p4_a_slip_of_the_pen_lets_nobody_in(text: str) -> None:
    told = refusal({"CLASSKEY_INSTRUCTOR_SIGNUP": text})
    assert "CLASSKEY_INSTRUCTOR_SIGNUP (malformed): 'anyone', 'code' or 'domains:" in told


def test_operators_read_about_each() -> None:
    manual = Path(__file__).parents[2].joinpath("docs/operating.md").read_text()
    assert [name for name in NEEDED if f"| `{name}` | yes |" not in manual] == []
