"""The demo's outbox, in demo mode only (A6)."""

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.config import urls
from tests.web.browsing import browser_of, html, tags, words


@pytest.fixture
def demo(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The addresses as demo mode has them, and an empty outbox; return its folder."""
    settings.DEMO, settings.MAIL_DIR = True, tmp_path / "mail"
    spec = spec_from_file_location("demo_urls", str(urls.__file__))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "demo_urls", module)
    settings.ROOT_URLCONF = "demo_urls"
    return tmp_path / "mail"


def send(subject: str, body: str = "", attachment: tuple[str, bytes, str] | None = None) -> None:
    """Send a mail as a demo does."""
    mail = EmailMessage(subject, body, "demo@classkey.example", ["tess@demo.example"])
    if attachment:
        mail.attach(*attachment)
    get_connection("classkey.school.demo_mail.OutboxBackend").send_messages([mail])


@pytest.mark.django_db
def test_a6_elsewhere_there_is_no_outbox(client: Client) -> None:
    for name, args in (("outbox", []), ("outbox_attachment", ["x.eml", 0])):
        with pytest.raises(NoReverseMatch):
            reverse(name, args=args)
    assert client.get("/outbox/").status_code == 404
    assert client.get("/outbox/x.eml/0/").status_code == 404
    assert "demo" not in html(client.get("/")).lower()


@pytest.mark.django_db
def test_a6_every_page_of_the_demo_says_what_it_is(demo: Path, client: Client) -> None:
    for address in ("/", "/join/", "/nowhere/", "/outbox/"):
        assert "Demo: made-up people on this machine only." in html(client.get(address))
    assert "No mail yet" in words(client.get("/outbox/"))


@pytest.mark.django_db
def test_a6_mail_is_read_in_the_browser_newest_first(demo: Path) -> None:
    send("First", "Type 1234-5678.\n\nOr open http://127.0.0.1:8000/join/ <b>now</b>")
    send("Second")
    user = User.objects.create_user(role=Role.STUDENT, given_name="Ana")
    for client in (Client(), browser_of(user)):
        response = client.get("/outbox/")
        read = words(response)
        assert read.index("Second") < read.index("First")
        assert "tess@demo.example" in read
        assert "Type 1234-5678." in read
        assert "<b>now" not in html(response)
        assert 'href="http://127.0.0.1:8000/join/"' in html(response)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("sheets.pdf", 'attachment; filename="sheets.pdf"'),
        ('a"; x="b.pdf', 'attachment; filename="a\\"; x=\\"b.pdf"'),
        ("Müller.pdf", "attachment; filename*=utf-8''M%C3%BCller.pdf"),
        ("../../etc/passwd", 'attachment; filename="../../etc/passwd"'),
    ],
)
def test_f2_an_attachment_is_downloaded_as_it_was_sent(
    demo: Path, client: Client, name: str, kept: str
) -> None:
    send("Sheets", "See below.", (name, b"%PDF-1.7", "application/pdf"))
    page = client.get("/outbox/")
    [link] = [each["href"] for _tag, each in tags(html(page)) if "/0/" in each.get("href", "")]
    response = client.get(link)
    assert response.content == b"%PDF-1.7"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == kept


@pytest.mark.django_db
def test_an_attachment_without_a_name_has_one(demo: Path, client: Client) -> None:
    demo.mkdir()
    (demo / "1.eml").write_bytes(
        b"Subject: S\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--"
    )
    assert client.get("/outbox/").status_code == 200
    response = client.get("/outbox/1.eml/0/")
    assert response["Content-Disposition"] == 'attachment; filename="attachment.pdf"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["nothing.eml/0/", "{name}/1/", "{name}/99999999999999999999/", "../secret.eml/0/",
     "..%2Fsecret.eml/0/", "%2Fetc%2Fpasswd/0/", "%00/0/"],
)  # fmt: skip
def test_a6_nothing_but_the_mail_is_served(demo: Path, client: Client, address: str) -> None:
    send("Sheets", "", ("sheets.pdf", b"%PDF-1.7", "application/pdf"))
    (demo.parent / "secret.eml").write_bytes(b"Subject: x\r\n\r\nsecret")
    [file] = demo.iterdir()
    response = client.get("/outbox/" + address.replace("{name}", file.name))
    assert response.status_code == 404
    assert b"secret" not in response.content.replace(b"secret.eml", b"")


ASK = """
import django; django.setup()
from django.test import Client
for host in ("127.0.0.1:8000", "localhost", "[::1]:80", "school.example", "192.168.0.2", ""):
    print(Client().get("/outbox/", headers={"Host": host}).status_code)
"""


def test_a6_the_demo_answers_to_this_machine_alone(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CLASSKEY_")
    } | {
        "CLASSKEY_MODE": "demo",
        "CLASSKEY_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "classkey.config.settings",
        "PYTHONPATH": str(configured.BASE_DIR),
    }
    (tmp_path / "static").mkdir()
    storage = (
        "from django.conf import settings; settings.STORAGES['staticfiles']['BACKEND'] = "
        "'django.contrib.staticfiles.storage.StaticFilesStorage'"
    )
    answer = subprocess.run(  # noqa: S603 - our own lines
        [sys.executable, "-c", storage + ASK],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert answer.stdout.split() == ["200", "200", "200", "400", "400", "400"]
