"""The keys of codes change, and nobody notices (K6)."""

import io
from itertools import islice

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from classkey.school import code_panel, code_vault, issuing, redeeming, resealing
from classkey.school.models import Code
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, html, words
from tests.world import School


@pytest.fixture
def newer_keys(north: School, settings: Settings) -> Settings:
    """New keys were put before those that everything was sealed under."""
    settings.CODE_DIGEST_KEYS = ["a newer key", *settings.CODE_DIGEST_KEYS]
    settings.CODE_CIPHER_KEYS = [Fernet.generate_key().decode(), *settings.CODE_CIPHER_KEYS]
    return settings


def rotate() -> str:
    """Run the command; return what it says."""
    said = io.StringIO()
    call_command("rotate_keys", stdout=said)
    return said.getvalue()


def take_the_older_keys_away(settings: Settings) -> None:
    settings.CODE_DIGEST_KEYS = settings.CODE_DIGEST_KEYS[:1]
    settings.CODE_CIPHER_KEYS = settings.CODE_CIPHER_KEYS[:1]


def test_k6_after_a_rotation_the_older_keys_are_not_needed(
    north: School, newer_keys: Settings
) -> None:
    texts = {code.pk: code.text for code in Code.objects.all()}
    assert "newest keys" in rotate()
    take_the_older_keys_away(newer_keys)
    assert {code.pk: code.text for code in Code.objects.all()} == texts
    assert redeeming.look(Viewer(north.zoe), texts[north.for_students.pk]).place == north.maths


def test_k6_a_rotation_takes_the_second_factors_along(north: School, newer_keys: Settings) -> None:
    keys = newer_keys.CODE_CIPHER_KEYS
    newer_keys.CODE_CIPHER_KEYS = keys[1:]
    seal = get_adapter().encrypt
    Authenticator.objects.all().delete()
    totp = Authenticator.objects.create(
        user=north.vera, type="totp", data={"secret": seal("the secret")}
    )
    spare = Authenticator.objects.create(
        user=north.vera, type="recovery_codes", data={"seed": seal("the seed"), "used_mask": 5}
    )
    newer_keys.CODE_CIPHER_KEYS = keys
    rotate()
    take_the_older_keys_away(newer_keys)
    totp.refresh_from_db()
    spare.refresh_from_db()
    assert get_adapter().decrypt(totp.data["secret"]) == "the secret"
    assert get_adapter().decrypt(spare.data["seed"]) == "the seed"
    assert spare.data["used_mask"] == 5


def test_k6_a_rotation_that_was_stopped_goes_on(
    north: School, newer_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "CHUNK", 5)
    assert list(islice(resealing.reseal_codes(), 2)) == [5, 5]
    first, *_others = resealing.codes()
    assert bytes(first.digest) == code_vault.digest(code_vault.unseal(bytes(first.ciphertext)))
    done = bytes(first.ciphertext)
    assert sum(resealing.reseal_codes()) == Code.objects.count() > 10
    first.refresh_from_db()
    assert bytes(first.ciphertext) == done, "what is done stays done"
    take_the_older_keys_away(newer_keys)
    assert all(code.text for code in Code.objects.all())


def test_k6_a_code_deleted_meanwhile_stays_deleted(
    north: School, newer_keys: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    resealed = code_vault.resealed

    def while_somebody_deletes(ciphertext: bytes) -> tuple[bytes, bytes]:
        issuing.delete_codes(Viewer(north.tess), [north.for_students.pk])
        return resealed(ciphertext)

    monkeypatch.setattr(code_vault, "resealed", while_somebody_deletes)
    rotate()
    north.for_students.refresh_from_db()
    assert north.for_students.deleted_at


def test_k6_a_missing_key_is_named_and_nothing_is_lost(north: School, settings: Settings) -> None:
    before = list(Code.objects.order_by("pk").values_list("digest", "ciphertext"))
    older = settings.CODE_CIPHER_KEYS
    settings.CODE_CIPHER_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="Put the older keys back"):
        rotate()
    assert list(Code.objects.order_by("pk").values_list("digest", "ciphertext")) == before
    settings.CODE_CIPHER_KEYS = older
    assert north.for_students.text


def test_k6_with_the_keys_lost_a_code_is_dead_and_says_why(
    north: School, settings: Settings
) -> None:
    settings.CODE_DIGEST_KEYS = ["another key"]
    settings.CODE_CIPHER_KEYS = [Fernet.generate_key().decode()]
    tess = browser_of(north.tess)
    code, sheet = north.for_students, north.for_ninas_parents
    listed = html(tess.get(at("codes")))
    assert f"…{code.last_four}" in listed
    for name in ("code", "code_to_class"):
        assert "The key that opens it is lost" in words(tess.get(at(name, code)))
    assert tess.get(at("code_qr", code)).status_code == 404
    assert tess.get(at("code_sheet", sheet)).status_code == 404
    assert tess.post("/codes/delete/", {"code": code.pk, "confirmed": "1"}).status_code == 302
    code.refresh_from_db()
    assert code.deleted_at


def test_k9_a_key_is_blamed_for_no_code_that_is_dead_without_it(
    north: School, settings: Settings
) -> None:
    settings.CODE_CIPHER_KEYS = [Fernet.generate_key().decode()]
    by_ivan = code_panel.recently_dead(Viewer(north.tess)).get(pk=north.by_ivan.pk)
    assert code_panel.cause_of_death(by_ivan) == "Its maker may not make it any more"
