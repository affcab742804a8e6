"""What runs on which host, with the configuration in `deploy/`, and how it is started."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import environ

from cluster.hosts import Host

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
ADDRESS = "classkey.test"

HOSTS = {
    "web1": 11,
    "web2": 12,
    "worker1": 21,
    "worker2": 22,
    "db1": 31,
    "db2": 32,
    "pool": 41,
    "redis": 51,
    "proxy": 61,
    "mail": 71,
    "people": 81,
}
WEB = ["web1", "web2"]
WORKERS = ["worker1", "worker2"]

STARTS_WITHIN = 60.0  # seconds


class NotThere(Exception):
    """A service did not come in time; the text says which."""


@dataclass
class Services:
    """Starts the services of these hosts, in a folder with a part for each."""

    hosts: Mapping[str, Host]
    folder: Path
    password: str = field(default_factory=secrets.token_urlsafe)

    def __post_init__(self) -> None:
        self.postgres = _output(str(ROOT / "scripts" / "postgres-bin"))
        for name in self.hosts:
            at = self.at(name)
            at.mkdir()
            if name in {"db1", "db2", "pool"}:
                shutil.chown(at, "postgres", "postgres")

    def at(self, name: str) -> Path:
        """Return the folder of a host."""
        return self.folder / name

    # --- PostgreSQL ---------------------------------------------------------------------------
    def make_primary(self) -> None:
        """Make the database and its roles on db1, as deploy/postgresql says."""
        data = self.at("db1") / "data"
        self._as_postgres(
            "db1", f"{self.postgres}/initdb", "-D", str(data), "--encoding=UTF8", "--locale=C"
        )
        self.start_postgres("db1")
        for statement in (
            f"CREATE ROLE classkey LOGIN PASSWORD '{self.password}'",
            f"CREATE ROLE replication LOGIN REPLICATION PASSWORD '{self.password}'",
            "CREATE DATABASE classkey OWNER classkey",
            "CREATE ROLE classkey_parent NOLOGIN",
            "GRANT classkey_parent TO classkey",
        ):
            self.sql("db1", statement, database="postgres")

    def make_standby(self, name: str, primary: str) -> None:
        """Make a standby of the primary on a host, and have the primary wait for it from now on."""
        at = self.at(name)
        shutil.rmtree(at / "data", ignore_errors=True)
        (at / "conf.d" / "primary.conf").unlink(missing_ok=True)
        self._as_postgres(
            name,
            str(DEPLOY / "postgresql" / "new-standby"),
            self.hosts[primary].address,
            str(at / "data"),
        )
        self.start_postgres(name)
        streams = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        wait("the standby", lambda: self.sql(primary, streams) == "1")
        shutil.copy(DEPLOY / "postgresql" / "primary.conf", self.at(primary) / "conf.d")
        self.sql(primary, "SELECT pg_reload_conf()")
        in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'"
        wait("the standby, in step", lambda: self.sql(primary, in_step) == "1")

    def start_postgres(self, name: str) -> None:
        """Start PostgreSQL as Debian does, with its configuration outside the data folder."""
        at = self.at(name)
        (at / "conf.d").mkdir(exist_ok=True)
        shutil.copy(DEPLOY / "postgresql" / "classkey.conf", at / "conf.d")
        shutil.copy(DEPLOY / "postgresql" / "pg_hba.conf", at)
        (at / "postgresql.conf").write_text(
            f"data_directory = '{at}/data'\nhba_file = '{at}/pg_hba.conf'\n"
            f"ident_file = '{at}/data/pg_ident.conf'\nunix_socket_directories = '{at}'\n"
            "include_dir = 'conf.d'\n"
        )
        self.hosts[name].start(
            f"{self.postgres}/postgres", "-c", f"config_file={at}/postgresql.conf", user="postgres"
        )
        wait(f"PostgreSQL on {name}", lambda: self.sql(name, "SELECT 1", "postgres") == "1")

    def promote(self, name: str) -> None:
        """Make a standby the primary."""
        data = str(self.at(name) / "data")
        self._as_postgres(name, f"{self.postgres}/pg_ctl", "promote", "-D", data)

    def sql(self, name: str, statement: str, database: str = "classkey") -> str:
        """Ask PostgreSQL on a host, by its socket; return the answer as psql has it."""
        return self._as_postgres(
            name,
            *("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"),
            *("--host", str(self.at(name)), "--dbname", database, "--command", statement),
        ).strip()

    def _as_postgres(self, name: str, *command: str) -> str:
        passwords = self.at(name) / "pgpass"
        if not passwords.exists():
            passwords.write_text(f"*:*:*:replication:{self.password}\n")
            passwords.chmod(0o600)
            shutil.chown(passwords, "postgres", "postgres")
        surroundings = {
            "PATH": f"{self.postgres}:{os.environ['PATH']}",
            "PGPASSFILE": str(passwords),
            "PGCONNECT_TIMEOUT": "5",
            "PGBOUNCER_FOLDER": str(self.at("pool")),
            "PGBOUNCER_SOCKET": str(self.at("pool")),
            "LC_ALL": "C",
        }
        return self.hosts[name].run(*command, user="postgres", environment=surroundings)

    # --- PgBouncer ----------------------------------------------------------------------------
    def start_pgbouncer(self) -> None:
        """Start PgBouncer, with the primary on db1."""
        at = self.at("pool")
        written = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text()
        written = written.replace("/etc/pgbouncer", str(at)).replace("/run/postgresql", str(at))
        (at / "pgbouncer.ini").write_text(written)
        secret = 'SELECT format(\'"%s" "%s"\', rolname, rolpassword) FROM pg_authid'  # noqa: S105
        (at / "userlist.txt").write_text(self.sql("db1", f"{secret} WHERE rolname = 'classkey'"))
        (at / "classkey-database.ini").write_text(
            f"[databases]\nclasskey = host={self.hosts['db1'].address} port=5432 dbname=classkey\n"
        )
        for file in at.iterdir():
            shutil.chown(file, "postgres", "postgres")
        self.hosts["pool"].start("pgbouncer", str(at / "pgbouncer.ini"), user="postgres")
        wait("PgBouncer", (at / ".s.PGSQL.6432").exists)

    def point_to(self, name: str) -> None:
        """Send everybody to the primary on another host."""
        self._as_postgres("pool", str(DEPLOY / "pgbouncer" / "point-to"), self.hosts[name].address)

    # --- Redis, mail, the proxy ---------------------------------------------------------------
    def start_redis(self) -> None:
        """Start Redis, with what it had written down."""
        at = self.at("redis")
        (at / "redis.conf").write_text(
            f"include {DEPLOY}/redis/classkey.conf\ndir {at}\nbind 0.0.0.0\nprotected-mode no\n"
        )
        self.hosts["redis"].start("redis-server", str(at / "redis.conf"))

    def start_mail(self) -> None:
        """Start the mail server, which keeps all that comes."""
        self.hosts["mail"].start(
            sys.executable, "-m", "cluster.mail_server", str(self.at("mail")),
            environment=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def start_proxy(self) -> None:
        """Start nginx with the site's configuration and a certificate of its own."""
        at = self.at("proxy")
        (at / "conf.d").mkdir()
        (at / "classkey").mkdir()
        shutil.copy(DEPLOY / "nginx" / "classkey.conf", at / "conf.d")
        nodes = [f"server {self.hosts[name].address}:8000" for name in WEB]
        (at / "classkey" / "nodes.conf").write_text(
            "".join(f"{node} max_fails=3 fail_timeout=5s;\n" for node in nodes)
        )
        (at / "classkey" / "listen.conf").write_text(
            f"listen 443 ssl http2;\nserver_name {ADDRESS};\n"
            f"ssl_certificate {at}/site.pem;\nssl_certificate_key {at}/site.key;\n"
        )
        (at / "nginx.conf").write_text(
            f"user www-data;\npid {at}/nginx.pid;\nworker_processes 1;\nerror_log stderr;\n"
            f"events {{ worker_connections 4096; }}\n"
            f"http {{ access_log off; include {at}/conf.d/*.conf; }}\n"
        )
        _output(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", f"/CN={ADDRESS}",
            "-keyout", f"{at}/site.key", "-out", f"{at}/site.pem",
        )  # fmt: skip
        self.hosts["proxy"].start(
            "nginx", "-e", "stderr", "-p", str(at), "-c", str(at / "nginx.conf"),
            "-g", "daemon off;",
        )  # fmt: skip

    # --- Classkey -----------------------------------------------------------------------------
    def settings(self, database: str = "pool") -> dict[str, str]:
        """Return Classkey's environment; with its database behind PgBouncer or, for what only
        PostgreSQL itself can do, on one of its hosts.
        """
        kept = {name: text for name, text in os.environ.items() if not name.startswith("CLASSKEY_")}
        port = 6432 if database == "pool" else 5432
        at = f"{self.hosts[database].address}:{port}"
        redis = f"redis://{self.hosts['redis'].address}:6379/0"
        return {
            **kept,
            **_production(),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "classkey.config.settings",
            "CLASSKEY_ADDRESS": f"https://{ADDRESS}",
            "CLASSKEY_PROXIES": "1",
            "CLASSKEY_DATABASE_URL": f"postgres://classkey:{self.password}@{at}/classkey",
            "CLASSKEY_PGBOUNCER": "true" if database == "pool" else "false",
            "CLASSKEY_REDIS_URL": redis,
            "CLASSKEY_SMTP_URL": f"smtp://{self.hosts['mail'].address}:2525",
            "CLASSKEY_UNENCRYPTED": "smtp,database,redis",  # nobody else is on this network
            "CLASSKEY_VAR": str(self.folder / "var"),
            "CLASSKEY_LOG_LEVEL": "INFO",
        }

    def start_classkey(self, name: str) -> None:
        """Start what a host has of Classkey, a web node or a worker."""
        if name in WEB:
            command = [
                *(sys.executable, str(ROOT / "manage.py"), "web", "--processes", "1"),
                *("--host", "0.0.0.0", "--port", "8000"),  # noqa: S104 # of a namespace
            ]
        else:
            command = [sys.executable, str(ROOT / "manage.py"), "worker"]
        self.hosts[name].start(*command, environment=self.settings())

    def python(self, name: str, *command: str, database: str = "pool") -> str:
        """Run Python on a host with Classkey's settings; return what it wrote."""
        return self.hosts[name].run(
            sys.executable, *command, environment=self.settings(database), within=180
        )


def wait(what: str, is_there: Callable[[], bool], within: float = STARTS_WITHIN) -> None:
    """Wait until something is there. Raises NotThere."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if is_there():
                return
        except subprocess.SubprocessError:
            pass  # not yet
        time.sleep(0.2)
    raise NotThere(f"{what} did not come within {within:.0f} s")


class _Production(environ.Env):  # type: ignore[misc]  # it has no types
    """A school's settings as the tests have them, apart from this process's own."""

    ENVIRON: ClassVar[dict[str, str]] = {}


def _production() -> dict[str, str]:
    _Production.read_env(ROOT / "tests" / "production.env")
    return dict(_Production.ENVIRON)


def _output(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout.strip()
