"""From the text of a setting to what it means."""

from pathlib import Path

import pytest

from classkey.config.parsing import file_storage, instructor_signup, token, worker_metrics, x_accel


# --- Who may sign up as an instructor (P4) ----------------------------------------------
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


def test_c6_a_proxy_sends_files_of_a_folder() -> None:
    assert x_accel("") == ""
    assert x_accel("/protected/") == x_accel("/protected") == "/protected"


def test_where_a_worker_tells_its_counts() -> None:
    assert worker_metrics("") is None
    assert worker_metrics("10.0.0.5:9101") == ("10.0.0.5", 9101)
    assert worker_metrics("[::1]:9101") == ("::1", 9101)


def test_a_token_of_32_characters_is_one() -> None:
    assert token("x" * 32) == "x" * 32
    with pytest.raises(ValueError, match="xxx"):
        token("x" * 31)
