"""What is hidden of an environment in what is shown, and what is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_tasks.startup.masking import COMMON, Secrets, is_secret_name

LAW = settings(deadline=None, database=None)
FEW = 'ab*:/@ \n"é'  # few characters, so that secrets meet in all ways
SECRETS = st.lists(st.text(FEW, max_size=8), max_size=6)
TEXTS = st.text(FEW, max_size=200)


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "PGPASSWORD",
        "DB_PASSWORD",
        "POSTGRES_PASSWORD_OLD",
        "MYSQL_PWD",
        "SMTP_PASS",
        "SSH_PASSPHRASE",
        "DJANGO_SECRET_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "VAULT_SECRET_ID",
        "GITHUB_TOKEN",
        "AUTHTOKEN",
        "OPENAI_API_KEY",
        "api-key",
        "dbPassword",
        "SharedAccessKey",
        "SSH_PRIVATE_KEY",
        "GOOGLE_CREDENTIALS",
    ],
)
def test_a_name_tells_a_secret(name: str) -> None:
    """A name of which a word says so holds a secret, in whatever case."""
    assert is_secret_name(name)
    assert is_secret_name(name.lower()) or name in {"dbPassword", "SharedAccessKey"}


@pytest.mark.parametrize(
    "name",
    [
        "TOKENIZERS_PARALLELISM",
        "MAX_TOKENS",
        "KEYBOARD",
        "PGPASSFILE",
        "POSTGRES_PASSWORD_FILE",
        "SECRETARY",
        "TOKEN_URL",
        "ACCESS_TOKEN_TTL",
        "K8S_SECRET_NAME",
        "PWD",
        "OLDPWD",
        "BYPASS",
        "PASS_THROUGH",
        "PUBLIC_KEY",
        "GPG_KEY",
        "PRIMARY_KEY",
        "SSH_AUTH_SOCK",
        "",
    ],
)
def test_a_name_tells_no_secret(name: str) -> None:
    """A name that only resembles one, or says where the secret lies or how it is used, holds none."""
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("environ", "text", "masked"),
    [
        ({"PGPASSWORD": "s3cret"}, "login with s3cret, s3cretly", "login with ***, ***ly"),
        ({"A_TOKEN": "abcd", "B_TOKEN": "abcdef"}, "abcdefg abcde", "***g ***e"),
        ({"HOME": "s3cret"}, "s3cret", "s3cret"),
        ({"DATABASE_URL": "postgres://u:p%40ss@h/d"}, "p@ss and p%40ss", "*** and ***"),
        ({"DATABASE_URL": "postgres://u:p@ss@h/d"}, "is p@ss", "is ***"),
        ({"REDIS": "redis://:s3cret@h"}, "AUTH s3cret", "AUTH ***"),
        ({"DATABASE_URL": "postgres://h/d?user=u&password=p%40ss&x=long"}, "p@ss p%40ss long", "*** *** long"),
        ({"DSN": r"host=db password='it\'s it' dbname=shop"}, r"it's it, it\'s it at shop", r"***, it\'s it at shop"),
        ({"STORE": "AccountName=shop;AccountKey=aGVsbG8=;"}, "aGVsbG8= of shop", "*** of shop"),
        ({"TLS_PRIVATE_KEY": "-----BEGIN-----\nline one\n  line two\n-----END-----\n"}, "line one line two", "*** ***"),
        ({"A_SECRET": " padded "}, "(padded)", "(***)"),
        ({"A_SECRET": 'a"\nbé'}, r'{"key": "a\"\nb\u00e9"}', '{"key": "***"}'),
        ({"A_SECRET": "a b/c"}, "?key=a%20b%2Fc", "?key=***"),
        ({"A_SECRET": "a**b", "B_SECRET": "12345"}, "a12345b a**b", "a***b ***"),
        ({"A_SECRET": "a***b", "B_SECRET": "12345"}, "a12345b", "***"),
        (
            {"A_SECRET": "no", "B_TOKEN": "123", "C_TOKEN": "True", "D_PASSWORD": "", "E_TOKEN": "****"},
            "no 123 True ****",
            "no 123 True ****",
        ),
        ({"POSTGRES_PASSWORD": "postgres"}, "postgres:postgres", "postgres:postgres"),
    ],
)
def test_secrets_are_masked(environ: dict[str, str], text: str, masked: str) -> None:
    """The values of telling names and the passwords in any value are masked, as they may be spelt."""
    assert Secrets.of(environ).mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://shop:x@db/shop", "postgres://shop:***@db/shop"),
        ("see redis://:x@h:1, amqp://u:a:b@h", "see redis://:***@h:1, amqp://u:***@h"),
        ("postgresql+psycopg://u:p@ss@h/d?mail=a@b", "postgresql+psycopg://u:***@h/d?mail=a@b"),
        ("postgres://postgres:postgres@h", "postgres://postgres:***@h"),
        ("postgres://u@h/d http://h:80/a@b http://h:80 a@b", "postgres://u@h/d http://h:80/a@b http://h:80 a@b"),
        ('{"url":"http://h:80","mail":"a@b"}', '{"url":"http://h:80","mail":"a@b"}'),
        ("postgres://u:@h a:b@c", "postgres://u:@h a:b@c"),
    ],
)
def test_the_password_of_any_url_is_masked(text: str, masked: str) -> None:
    """The password in a URL is masked although nobody named it, and nothing else is."""
    assert Secrets().mask(text) == masked


def test_secrets_may_be_added() -> None:
    """What a phase hands over later is masked by its name, or because it is said to be secret."""
    secrets = Secrets.of({"A_TOKEN": "first"}, {"B_TOKEN": "second"})
    more = secrets.with_environ({"C_TOKEN": "third", "D": "fourth"}).with_values("fifth")

    assert secrets.mask("first second third") == "*** *** third"
    assert more.mask("first second third fourth fifth") == "*** *** *** fourth ***"


def test_secrets_hide_themselves() -> None:
    """What is secret does not stand in the repr of what hides it."""
    assert repr(Secrets.of({"A_TOKEN": "s3cret"})) == "Secrets()"


@LAW
@given(SECRETS, TEXTS)
def test_no_secret_survives(values: list[str], text: str) -> None:
    """No secret of four characters or more stands in a masked text, whatever the text; masked again, it stays."""
    secrets = Secrets().with_values(*values)

    masked = secrets.mask(text)

    hidden = [value for value in values if len(value) >= 4 and value.casefold() not in COMMON and value.strip(" \n*")]
    assert [value for value in hidden if value in masked] == []
    assert Secrets(secrets.values).mask(masked) == masked


@LAW
@given(st.lists(st.text(min_size=4)), st.text().filter(lambda text: "://" not in text))
def test_a_text_without_secrets_stays(values: list[str], text: str) -> None:
    """A text in which no secret stands is unchanged."""
    secrets = Secrets().with_values(*values)
    if not any(value in text for value in secrets.values):
        assert secrets.mask(text) == text


def test_masking_takes_linear_time() -> None:
    """Twenty times the text takes about twenty times as long, also where everything looks like a URL."""
    secrets = Secrets.of({f"S{number}_TOKEN": f"{number}abcdef" * 4 for number in range(20)})

    def seconds(text: str) -> float:
        started = time.process_time()
        secrets.mask(text)
        return time.process_time() - started

    for piece in ("://a:", "://", ":a", "0abcdef", "a " * 4):
        brief = min(seconds(piece * 5_000) for _ in range(5))
        assert min(seconds(piece * 100_000) for _ in range(3)) < 100 * max(brief, 1e-4)
