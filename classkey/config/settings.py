"""Classkey's settings: one file, filled from the environment only.

`CLASSKEY_MODE=demo` needs nothing else and serves this machine only (A6);
`production` names everything that it misses and does not start without it.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from classkey.config import parsing, safety
from classkey.config.demo_keys import demo_keys
from classkey.config.environment import Environment, check
from classkey.config.log_lines import log_settings
from classkey.config.parsing import SQLITE, file_storage, instructor_signup, worker_metrics, x_accel
from classkey.school import office_hours

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = Environment()

MODE = env.str("CLASSKEY_MODE", "production")
if MODE not in {"demo", "production"}:
    raise ImproperlyConfigured("CLASSKEY_MODE is either 'demo' or 'production'.")
DEMO = MODE == "demo"
VAR_DIR = Path(env.str("CLASSKEY_VAR", str(BASE_DIR / "var")))

DEMO_KEYS = VAR_DIR / "keys.env"

if DEMO:
    env.read_env(demo_keys(DEMO_KEYS))

check(env.ENVIRON, demo=DEMO, demo_keys=DEMO_KEYS)

# --- Keys -------------------------------------------------------------------------
SECRET_KEY = env.str("CLASSKEY_SECRET_KEY")
CODE_DIGEST_KEYS = env.list("CLASSKEY_CODE_DIGEST_KEYS")
CODE_CIPHER_KEYS = env.list("CLASSKEY_CODE_CIPHER_KEYS")

# --- What a school sets -----------------------------------------------------------
SCHOOL_NAME = env.str("CLASSKEY_SCHOOL_NAME", "Classkey Demo School" if DEMO else "")
SUPPORT = {
    "phone": env.str("CLASSKEY_SUPPORT_PHONE", "+1 555 0100" if DEMO else ""),
    "email": env.str("CLASSKEY_SUPPORT_EMAIL", "support@classkey.example" if DEMO else ""),
    "postal": env.str("CLASSKEY_SUPPORT_POSTAL", "1 School Lane, Exampleton" if DEMO else ""),
    "hours": env.str("CLASSKEY_SUPPORT_HOURS", "Monday to Friday, 8:00 to 16:00" if DEMO else ""),
}
OFFICE_HOURS = office_hours.read(
    env.str("CLASSKEY_WORKING_DAYS", "mon-fri"),
    env.str("CLASSKEY_WORKING_HOURS", "08:00-16:00"),
    env.str("CLASSKEY_HOLIDAYS", ""),
)
INSTRUCTOR_SIGNUP, INSTRUCTOR_SIGNUP_DOMAINS = instructor_signup(
    env.str("CLASSKEY_INSTRUCTOR_SIGNUP", "") or "anyone"  # the demo's; production has chosen
)
PARENT_CODE_ADULTS = env.int("CLASSKEY_PARENT_CODE_ADULTS", 2)
SCHOOL_YEAR_FIRST_MONTH = env.int("CLASSKEY_SCHOOL_YEAR_FIRST_MONTH", 8)
TIME_ZONE = env.str("CLASSKEY_TIME_ZONE", "UTC")
FILE_MAX_BYTES = env.int("CLASSKEY_FILE_MAX_BYTES", 100_000_000)
FILE_KINDS = [
    ending.strip().lstrip(".").lower()
    for ending in env.list(
        "CLASSKEY_FILE_KINDS",
        default=[
            *("pdf", "doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "ppt", "pptx", "odp"),
            *("txt", "csv", "md", "png", "jpg", "jpeg", "gif", "webp"),
            *("mp3", "m4a", "ogg", "wav", "mp4", "webm", "zip"),
        ],
    )
]

# --- Where it is reached ----------------------------------------------------------
PORT = env.int("PORT", 8000)
WEB = {  # what `manage.py web` does unless its options say otherwise
    "host": env.str("CLASSKEY_WEB_HOST", "127.0.0.1"),
    "port": PORT,
    "processes": env.int("CLASSKEY_WEB_PROCESSES", 0) or os.cpu_count() or 1,
    "threads": env.int("CLASSKEY_WEB_THREADS", 4),
}
ADDRESS = env.str("CLASSKEY_ADDRESS", f"http://127.0.0.1:{PORT}").rstrip("/")
HOST = urlsplit(ADDRESS).hostname or ""
HTTPS = ADDRESS.startswith("https://")
ALLOWED_HOSTS = (
    ["127.0.0.1", "localhost", "[::1]"] if DEMO else [HOST, *env.list("CLASSKEY_HOSTS", default=[])]
)
CSRF_TRUSTED_ORIGINS = [ADDRESS]

# --- Django -----------------------------------------------------------------------
DEBUG = False
ROOT_URLCONF = "classkey.config.urls"
WSGI_APPLICATION = "classkey.config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "classkey.config",
    "classkey.accounts",
    "classkey.school",
    "classkey.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "template_partials",
]
MIDDLEWARE = [
    # What browsers are told comes first: it then stands on every answer, whoever gives it.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "classkey.web.middleware.closed_to_others",
    "classkey.web.machines.for_machines",
    "classkey.web.request_log.observed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "classkey.web.middleware.utf_8_only",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "classkey.web.middleware.private_pages",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "classkey.web.middleware.no_blank_pages",
    "classkey.web.middleware.UnseenIsNotFound",
    "classkey.web.middleware.BehindTheSecondLock",
]
if DEMO:
    MIDDLEWARE.insert(0, "classkey.web.middleware.this_machine_only")
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "classkey.web.context.school",
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------
PGBOUNCER = env.bool("CLASSKEY_PGBOUNCER", False)
DATABASES = {
    "default": env.db_url("CLASSKEY_DATABASE_URL", f"sqlite:///{VAR_DIR / 'classkey.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE: a writer waits its turn at the start instead of failing at the end.
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # recursive_triggers: or INSERT OR REPLACE would slip past the audit log's triggers.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "PRAGMA busy_timeout=20000; PRAGMA recursive_triggers=ON;",
    }
else:
    # A server that falls silent is given up in some ten seconds, be it that it is asked
    # something (tcp_user_timeout, in milliseconds) or that it owes an answer (keepalives).
    # What the URL asks of the connection (?sslmode=verify-full) stands beside it.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    } | DATABASES["default"].get("OPTIONS", {})
    if PGBOUNCER:
        # It pools by transaction: nothing outlives one, no cursor and no prepared statement
        # (Django prepares none unless asked). A connection to it is kept for each thread and
        # looked at before a request, since PgBouncer closes all when PostgreSQL fails over.
        DATABASES["default"] |= {
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    else:
        DATABASES["default"]["OPTIONS"] |= {
            "pool": {"min_size": 2, "max_size": env.int("CLASSKEY_DATABASE_POOL", 8)},
            # What a connection asks the second time, PostgreSQL plans once for all times.
            "server_side_binding": True,
            "prepare_threshold": 2,
        }
if REPLICA_URL := env.str("CLASSKEY_REPLICA_URL", ""):
    # A standby for what may be a moment old: classkey/school/replica.py is the one door to it.
    # No pool, in which one would wait for it, and what falls silent is given up soon.
    DATABASES["replica"] = parsing.database(REPLICA_URL)
    DATABASES["replica"] |= {
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "connect_timeout": 2,
            "tcp_user_timeout": 2000,
            "keepalives_idle": 2,
            "keepalives_interval": 1,
            "keepalives_count": 2,
        }
        | DATABASES["replica"].get("OPTIONS", {}),
    }
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "sheets"],
    }
}

# --- Accounts (P1, P2) ------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["classkey.accounts.backend.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        (
            "UserAttributeSimilarityValidator",
            {"user_attributes": ["username", "given_name", "family_name", "email"]},
        ),
        ("MinimumLengthValidator", {}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "dashboard"
ACCOUNT_LOGOUT_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "classkey.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
# e-mail*: allauth insists; our form asks for it of everybody but students.
ACCOUNT_SIGNUP_FIELDS = ["email*", "username", "password1*"]
ACCOUNT_FORMS = {
    "add_email": "classkey.web.forms.accounts.AddressForm",
    "confirm_email_verification_code": "classkey.web.forms.accounts.ProveAddressForm",
    "login": "classkey.web.forms.accounts.LoginForm",
    "reset_password": "classkey.web.forms.accounts.ResetPasswordForm",
    "signup": "classkey.web.forms.accounts.SignupForm",
}
ACCOUNT_USERNAME_VALIDATORS = "classkey.accounts.usernames.validators"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# Mailed codes are digits, so that nobody takes one for a registration code; eight,
# so that a day of guessing finds none. Mail may be slow: an hour to type them in.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 3600
ACCOUNT_LOGIN_TIMEOUT = 3600
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
# strict: an address that somebody typed but never proved reserves nothing (P2).
ACCOUNT_PREVENT_ENUMERATION = "strict"
# A school behind one address signs up and in by classes (K8), so the limits by
# address are wide and the narrow ones go by account.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "300/m/ip,8/5m/key",
    "signup": "600/m/ip",
    "confirm_email": "10/10m/key",
    "reset_password": "100/m/ip,5/10m/key",
    "reset_password_from_key": "100/m/ip",
}
# Wrong codes (K8): well-formed, and unknown or deleted. docs/security.md derives the numbers.
# They are no operator's choice: a wider one would make guessing worth while.
WRONG_CODES = {
    "account": "8 per 10 minutes; 20 per 14 days",
    "stranger": "8 per 10 minutes; 15 per 14 days",  # who signs up as a teacher, per network
    "network": "600 per 10 minutes",
    "site": "2000 per hour",  # refuses nobody: an alarm
}
_LOCAL = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _LOCAL},
    "template_fragments": {"BACKEND": _LOCAL, "LOCATION": "fragments"},  # of {% cache %}
}
# Where limits are counted: in each process, or in a Redis or Valkey that all of them share.
if REDIS_URL := env.str("CLASSKEY_REDIS_URL", ""):
    _SHARED = "classkey.school.shared_counts.SharedCache"
    CACHES["default"] = {"BACKEND": _SHARED, "LOCATION": REDIS_URL}
LIMITS_URL = REDIS_URL or "memory://"
SESSION_ENGINE = "classkey.accounts.sessions"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MFA_ADAPTER = "classkey.accounts.second_factor.SecondFactorAdapter"

# --- What browsers are told -------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
WHITENOISE_ALLOW_ALL_ORIGINS = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# Scripts find the token in the page and need no cookie.
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# __Host-: no other host of the school's domain can set them (browsers ask for https).
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = (
    f"__Host-{name}" if HTTPS else name for name in ("sessionid", "csrftoken", "django_language")
)
# Messages name people: they stay on the server instead of in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
HSTS_SUBDOMAINS = HTTPS and env.bool("CLASSKEY_HSTS_SUBDOMAINS", False)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HSTS_SUBDOMAINS
# W005 and W021 ask for these two. They bind every other site under the school's domain,
# so the school decides, and leaving them off is no mistake.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# How many proxies stand in front, each of which adds the address it saw to X-Forwarded-For:
# the one that the first of them saw counts (K8, A1). Without any, that header is ignored.
if PROXIES := env.int("CLASSKEY_PROXIES", 0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES

# --- Languages and time -----------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "classkey" / "locale"]
USE_TZ = True

# --- Static files -----------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("CLASSKEY_STATIC", str(VAR_DIR / "static")))
STORAGES = {
    "default": file_storage(env.str("CLASSKEY_FILES_URL", ""), VAR_DIR),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # No secret, and made by another user than the one that web runs as; uploads are (below).
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

# --- Files (C6) -------------------------------------------------------------------
# Where a reverse proxy finds the files, to send them itself once we have said yes.
X_ACCEL = x_accel(env.str("CLASSKEY_X_ACCEL", ""))
# Nobody but Classkey reads them; its group too, where the proxy in it is to send them.
FILE_UPLOAD_PERMISSIONS = 0o640 if X_ACCEL else 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750 if X_ACCEL else 0o700
FILE_UPLOAD_HANDLERS = [
    "classkey.web.uploads.WithinLimits",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Mail -------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("CLASSKEY_MAIL_FROM", "Classkey <classkey@localhost>")
MAIL_DIR = VAR_DIR / "mail"
if env.str("CLASSKEY_SMTP_URL", ""):
    vars().update(env.email_url("CLASSKEY_SMTP_URL"))
    EMAIL_BACKEND = "classkey.school.outgoing_mail.CountingBackend"
    EMAIL_TIMEOUT = 30
else:
    EMAIL_BACKEND = "classkey.school.demo_mail.OutboxBackend"

# --- Counts, for Prometheus ---------------------------------------------------------
METRICS_TOKEN = env.str("CLASSKEY_METRICS_TOKEN", "")
WORKER_METRICS = worker_metrics(env.str("CLASSKEY_WORKER_METRICS", ""))

# --- Logs: no codes, no names, no addresses (K6) ----------------------------------
LOGGING = log_settings(
    env.str("CLASSKEY_LOG_FORMAT", "line"), env.str("CLASSKEY_LOG_LEVEL", "INFO")
)

# --- What the operator is told, without keeping Classkey from starting --------------
UNENCRYPTED = env.list("CLASSKEY_UNENCRYPTED", default=[])
DOUBTS = [] if DEMO else [*safety.doubtful(env.ENVIRON), *env.unread()]
