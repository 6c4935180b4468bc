"""Settings of the whole suite."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

SERVER = os.environ.get("STARCHECK_TEST_POSTGRESQL", "postgresql+psycopg://127.0.0.1:5432/test")
"""The database that the store is tested on beside SQLite; each test has a schema of its own in it."""
SERVER_REQUIRED = bool(os.environ.get("STARCHECK_REQUIRE_POSTGRESQL"))
"""Whether it is a failure that nothing answers there: in CI, where a test must not be skipped unseen."""

settings.register_profile(
    "suite",
    deadline=None,
    max_examples=25,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("long", parent=settings.get_profile("suite"), max_examples=1000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No STARCHECK_… of the surroundings reaches a test."""
    for name in [name for name in os.environ if name.startswith("STARCHECK_")]:
        monkeypatch.delenv(name)


@lru_cache(maxsize=1)
def _server_problem() -> str | None:
    """Why there is no server to test with, None if there is one."""
    try:
        engine = create_engine(SERVER, connect_args={"connect_timeout": 3})
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        finally:
            engine.dispose()
    except (SQLAlchemyError, ModuleNotFoundError) as problem:
        return f"no PostgreSQL at {make_url(SERVER).render_as_string()}: {str(problem).splitlines()[0]}"
    return None


@pytest.fixture
def shared_store() -> Iterator[str]:
    """The URL of a new store on the server, which is gone after the test."""
    problem = _server_problem()
    if problem is not None:
        if SERVER_REQUIRED:
            pytest.fail(problem)
        pytest.skip(problem)
    schema = f"starcheck_{uuid.uuid4().hex}"
    engine = create_engine(SERVER)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{SERVER}{'&' if '?' in SERVER else '?'}options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where a new store may be made: a file, and a schema of its own on a server."""
    if request.param == "sqlite":
        return tmp_path / "starcheck.db"
    url: str = request.getfixturevalue("shared_store")
    return url
