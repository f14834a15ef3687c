"""FastAPI with pydantic models over SQLAlchemy 2's asynchronous ORM: token, visibility, page and total by hand."""

import base64
import hashlib
import hmac
import os
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import JSON, DateTime, ForeignKey, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship

# Where the database is stands in PGHOST and its like. Reads that stand alone need no transaction around them.
engine = create_async_engine("postgresql+asyncpg://", pool_size=8, max_overflow=0, isolation_level="AUTOCOMMIT")
new_session = async_sessionmaker(engine, expire_on_commit=False)
TOKEN_KEY = bytes.fromhex(os.environ["BENCH_TOKEN_KEY"])


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, datetime: DateTime(timezone=True)}  # noqa: RUF012 - so documented


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[uuid.UUID]
    hash: Mapped[bytes]
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class IntegrationVersion(Base):
    __tablename__ = "integration_versions"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    manifest_snapshot: Mapped[dict[str, Any]]
    variables_schema_snapshot: Mapped[dict[str, Any]]
    auth_config_snapshot: Mapped[dict[str, Any]]


class Integration(Base):
    __tablename__ = "integrations"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[uuid.UUID]
    slug: Mapped[str]
    name: Mapped[str]
    description: Mapped[str | None]
    icon_url: Mapped[str | None]
    publisher: Mapped[str]
    trust_tier: Mapped[str]
    current_version_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(IntegrationVersion.id))
    current_version: Mapped[str | None]
    visibility: Mapped[str]
    created_by: Mapped[uuid.UUID | None]
    deleted_at: Mapped[datetime | None]
    retention_tier: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[IntegrationVersion | None] = relationship()

    @property
    def manifest(self) -> dict[str, Any]:
        return self.version.manifest_snapshot if self.version else {}

    @property
    def variables_schema(self) -> dict[str, Any]:
        return self.version.variables_schema_snapshot if self.version else {}

    @property
    def auth_config(self) -> dict[str, Any]:
        return self.version.auth_config_snapshot if self.version else {}


class Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True, alias_generator=to_camel, populate_by_name=True)

    id: uuid.UUID
    workspace_id: uuid.UUID
    slug: str
    name: str
    description: str | None
    icon_url: str | None
    publisher: str
    trust_tier: str
    current_version: str | None
    manifest: dict[str, Any]
    variables_schema: dict[str, Any]
    auth_config: dict[str, Any]
    visibility: str
    created_by: uuid.UUID | None
    deleted_at: datetime | None
    retention_tier: str | None
    created_at: datetime
    updated_at: datetime


class PageInfo(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    total: int
    has_next_page: bool
    end_cursor: str | None


class Page(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    data: list[Shown]
    page_info: PageInfo


async def session() -> AsyncGenerator[AsyncSession]:
    async with new_session() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]


async def key(db: Session, authorization: Annotated[str, Header()]) -> ApiKey:
    digest = hmac.new(TOKEN_KEY, authorization.removeprefix("Bearer ").encode(), hashlib.sha256).digest()
    found = await db.scalar(select(ApiKey).where(ApiKey.hash == digest, ApiKey.deleted_at.is_(None)))
    if found is None or (found.expires_at is not None and found.expires_at <= datetime.now(UTC)):
        raise HTTPException(401)
    return found


Key = Annotated[ApiKey, Depends(key)]
app = FastAPI()


@app.get("/api/integrations/{integration_id}", response_model=Shown)
async def read(integration_id: uuid.UUID, db: Session, caller: Key) -> Integration:
    found = await db.get(Integration, integration_id, options=[joinedload(Integration.version)])
    if found is None or not (
        found.workspace_id == caller.workspace_id or (found.visibility != "private" and found.deleted_at is None)
    ):
        raise HTTPException(404)
    return found


def visible(caller: ApiKey, publisher: str | None, visibility: str | None) -> Select[tuple[Integration]]:
    rows = select(Integration).where(
        or_(Integration.visibility == "public", Integration.workspace_id == caller.workspace_id),
        Integration.deleted_at.is_(None),
    )
    if publisher is not None:
        rows = rows.where(Integration.publisher == publisher)
    return rows if visibility is None else rows.where(Integration.visibility == visibility)


@app.get("/api/integrations", response_model=Page)
async def page(
    db: Session,
    caller: Key,
    publisher: str | None = None,
    visibility: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: str | None = None,
) -> dict[str, Any]:
    rows = visible(caller, publisher, visibility)
    total = await db.scalar(select(func.count()).select_from(rows.with_only_columns(Integration.id).subquery()))
    if after is not None:
        rows = rows.where(Integration.id < uuid.UUID(bytes=base64.urlsafe_b64decode(after)))
    rows = rows.options(joinedload(Integration.version)).order_by(Integration.id.desc()).limit(limit + 1)
    found = (await db.scalars(rows)).all()
    shown = found[:limit]
    cursor = base64.urlsafe_b64encode(shown[-1].id.bytes).decode() if shown else None
    return {
        "data": shown,
        "page_info": PageInfo(total=total or 0, has_next_page=len(found) > limit, end_cursor=cursor),
    }
