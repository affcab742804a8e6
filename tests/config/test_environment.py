"""What the environment has to say, and what happens when it says it wrong."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from classkey.config.environment import (
    NEEDED,
    check,
    file_storage,
    instructor_signup,
    metrics_token,
    office_hours,
    worker_metrics,
    x_accel,
)

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


# --- Where files are kept (C6) ----------------------------------------------------------
def test_c6_files_lie_in_a_folder_with_no_address(tmp_path: Path) -> None:
    assert file_storage("", tmp_path) == {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path, "base_url": None},
    }


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("s3://files", ("files", "", None, None)),
        ("s3://files/", ("files", "", None, None)),
        ("s3://files/a/b?region=eu-west-3", ("files", "a/b", None, "eu-west-3")),
        (
            "s3://files?endpoint=https://s3.school.example:9000",
            ("files", "", "https://s3.school.example:9000", None),
        ),
    ],
)
def test_c6_or_in_a_bucket(tmp_path: Path, url: str, wanted: tuple[object, ...]) -> None:
    storage = file_storage(url, tmp_path)
    options = storage["OPTIONS"]
    assert storage["BACKEND"] == "classkey.school.buckets.Bucket"
    named = ("bucket_name", "location", "endpoint_url", "region_name")
    assert tuple(options[name] for name in named) == wanted
    assert (options["default_acl"], options["file_overwrite"]) == (None, False)


@pytest.mark.parametrize(
    "url",
    ["files", "s3:", "s3://", "https://files", "s3://files?endpont=x", "s3://files?region=",
     "s3:files"],
)  # fmt: skip
def test_c6_a_malformed_bucket_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"CLASSKEY_FILES_URL \(malformed\): s3://"):
        file_storage(url, tmp_path)


def test_c6_a_proxy_sends_files_of_a_folder() -> None:
    assert x_accel("", "") == x_accel("", "s3://files") == ""
    assert x_accel("/protected/", "") == x_accel("/protected", "") == "/protected"
    with pytest.raises(ImproperlyConfigured, match=r"CLASSKEY_X_ACCEL \(malformed\)"):
        x_accel("protected", "")
    with pytest.raises(ImproperlyConfigured, match="in a folder, not in a bucket"):
        x_accel("/protected", "s3://files")


def test_operators_read_about_files() -> None:
    manual = Path(__file__).parents[2].joinpath("docs/operating.md").read_text()
    for name in ("FILE_MAX_BYTES", "FILE_KINDS", "FILES_URL", "X_ACCEL"):
        assert f"| `CLASSKEY_{name}` | |" in manual


# --- When support works (F9) ------------------------------------------------------------
def test_f9_office_hours_come_from_the_environment() -> None:
    hours = office_hours("mon-fri", "08:00-16:00", "2026-12-25")
    assert (len(hours.days), hours.opens.hour, len(hours.holidays)) == (5, 8, 1)


@pytest.mark.parametrize(
    "wrong", [("monday", "08:00-16:00", ""), ("mon", "8-16", ""), ("mon", "08:00-16:00", "soon")]
)
def test_f9_malformed_ones_stop_the_start(wrong: tuple[str, str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"CLASSKEY_WORKING_DAYS .*: malformed"):
        office_hours(*wrong)


def test_operators_read_about_support() -> None:
    manual = Path(__file__).parents[2].joinpath("docs/operating.md").read_text()
    for name in ("WORKING_DAYS", "WORKING_HOURS", "HOLIDAYS"):
        assert f"| `CLASSKEY_{name}` | |" in manual


# --- Counts -----------------------------------------------------------------------------
def test_a_token_that_could_be_guessed_stops_the_start() -> None:
    assert metrics_token("") == ""
    assert metrics_token("x" * 32) == "x" * 32
    with pytest.raises(ImproperlyConfigured, match=r"CLASSKEY_METRICS_TOKEN \(too short\)") as told:
        metrics_token("secret")
    assert "secret" not in str(told.value)


def test_where_a_worker_tells_its_counts() -> None:
    assert worker_metrics("") is None
    assert worker_metrics("10.0.0.5:9101") == ("10.0.0.5", 9101)
    assert worker_metrics("[::1]:9101") == ("::1", 9101)


@pytest.mark.parametrize(
    "text", ["9101", ":9101", "10.0.0.5", "10.0.0.5:x", "10.0.0.5:0", "10.0.0.5:70000",
             "10.0.0.5:9101/metrics", "http://10.0.0.5:9101", "[::1"]
)  # fmt: skip
def test_what_is_no_address_for_that_stops_the_start(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"CLASSKEY_WORKER_METRICS \(malformed\)"):
        worker_metrics(text)
