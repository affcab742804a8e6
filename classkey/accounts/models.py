"""The one model of people: a user with one role, kept for good (P1)."""

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from classkey.accounts.names import tidy_name
from classkey.accounts.usernames import LONGEST, free_username, normalise

LONGEST_TAG = 35
"""Characters of a language tag: what BCP 47 asks room to be left for."""


class Role(models.TextChoices):
    """What a person is in the school (P1)."""

    STUDENT = "student", _("Student")
    INSTRUCTOR = "instructor", _("Teacher")
    PARENT = "parent", _("Parent")


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(
        self,
        *,
        role: Role,
        given_name: str,
        family_name: str = "",
        username: str = "",
        password: str | None = None,
        **fields: Any,
    ) -> "User":
        """Make and return a user; without `password`, one who cannot sign in yet.

        Without `username`, one is made from the name (P6). An `email` given here is
        unproved: see `addresses.set_proved_address`.
        """
        user = self.model(
            role=role,
            given_name=tidy_name(given_name),
            family_name=tidy_name(family_name),
            username=normalise(username) or free_username(given_name, family_name),
            **fields,
        )
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person with an account.

    `email` is what the person gave, or ''; where mail may go is asked of
    `addresses.proved_address` and of nothing else (P2). While the password is one that a
    teacher handed out, `first_password_until` says how long it works (P6). `home_language` is
    what a student's family reads, as a BCP 47 tag, or '' where nobody has said (F2).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        _("user name"),
        max_length=LONGEST,
        unique=True,
        error_messages={"unique": _("This user name is taken. Please choose another one.")},
    )
    email = models.EmailField(_("e-mail address"), blank=True, db_index=True)
    given_name = models.CharField(_("first name"), max_length=100)
    family_name = models.CharField(_("family name"), max_length=100)
    role = models.CharField(max_length=10, choices=Role, editable=False)
    is_administrator = models.BooleanField(default=False, editable=False)
    is_active = models.BooleanField(default=True, editable=False)
    first_password_until = models.DateTimeField(null=True, editable=False)
    home_language = models.CharField(max_length=LONGEST_TAG, blank=True, editable=False)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["given_name", "family_name"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="username_unique_in_any_case"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="one_of_the_three_roles"
            ),
            models.CheckConstraint(
                condition=models.Q(is_administrator=False) | models.Q(role="instructor"),
                name="administrators_are_instructors",
            ),
        ]

    def __str__(self) -> str:
        # Not the name: this text ends up in logs and error reports.
        return str(self.pk)

    @property
    def full_name(self) -> str:
        """The name as people read it; of who was erased, that there is none (A8)."""
        return f"{self.given_name} {self.family_name}".strip() or gettext("Erased account")

    @property
    def name_and_initial(self) -> str:
        """First name and initial: enough for a parent to know their child by (K3)."""
        initial = f"{self.family_name[:1]}." if self.family_name else ""
        return f"{self.given_name} {initial}".strip()

    @property
    def is_student(self) -> bool:
        """Is this a student's account?"""
        return self.role == Role.STUDENT

    @property
    def is_instructor(self) -> bool:
        """Is this a teacher's account?"""
        return self.role == Role.INSTRUCTOR

    @property
    def is_parent(self) -> bool:
        """Is this a parent's account? A teacher may be a parent as well (P5)."""
        return self.role == Role.PARENT

    def rename(self, *, given_name: str, family_name: str) -> None:
        """Change the name; people may spell their own as they like."""
        self.given_name, self.family_name = tidy_name(given_name), tidy_name(family_name)
        self.save(update_fields=["given_name", "family_name"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django's hash covers the password; ours the address too, so that changing
        # it ends the other sessions (P2).
        return salted_hmac(
            "classkey.accounts.session",
            f"{self.password}:{self.email}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()
