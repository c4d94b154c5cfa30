"""A record shop's catalogue in SQLite: searches it, reports on it, and quotes orders without placing them."""

import json
from decimal import Decimal
from pathlib import Path

from sqlalchemy import ForeignKey, Numeric, create_engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CheckConstraint


class Table(DeclarativeBase):
    """A table of the shop."""


class Artist(Table):
    """Who made records."""

    __tablename__ = "artist"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    records: Mapped[list["Record"]] = relationship(back_populates="artist", order_by="Record.year")


class Record(Table):
    """One record, and how many there are of it."""

    __tablename__ = "record"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    year: Mapped[int]
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2, asdecimal=True))
    stock: Mapped[int]
    artist_id: Mapped[int] = mapped_column(ForeignKey("artist.id"))
    artist: Mapped[Artist] = relationship(back_populates="records")


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
Table.metadata.create_all(engine)
with Session(engine) as filling:
    for entry in json.loads((Path(__file__).parent / "catalogue.json").read_text("utf-8")):
        records = [Record(**record | {"price": Decimal(record["price"])}) for record in entry["records"]]
        filling.add(Artist(name=entry["artist"], records=records))
    filling.commit()


def handler(event, context):
    """Do what the event's ``action`` says; nothing stays changed."""
    actions = {"search": search, "artist": artist, "report": report, "quote": quote}
    with Session(engine) as session:
        answer = actions[event["action"]](session, event)
        session.rollback()
    return answer


def search(session, event):
    """The records whose title or artist contains a text, the newest first."""
    pattern = f"%{event['text']}%"
    found = session.scalars(
        select(Record)
        .join(Record.artist)
        .where(Record.title.ilike(pattern) | Artist.name.ilike(pattern))
        .order_by(Record.year.desc(), Record.title)
        .limit(event.get("limit", 10))
    )
    return {"records": [{"artist": record.artist.name} | shown(record) for record in found]}


def artist(session, event):
    """An artist with all records, the oldest first."""
    found = session.scalar(select(Artist).where(Artist.name == event["name"]).options(selectinload(Artist.records)))
    return {"records": [shown(record) for record in found.records]} if found else {"unknown": event["name"]}


def report(session, event):
    """By decade: records, pieces, and what they are worth; the dearest of each by a window over its prices."""
    decade = (Record.year - Record.year % 10).label("decade")
    rank = func.row_number().over(partition_by=decade, order_by=(Record.price.desc(), Record.title)).label("rank")
    ranked = select(decade, rank, Record.title, Record.stock, (Record.price * Record.stock).label("worth")).subquery()
    rows = session.execute(
        select(
            ranked.c.decade,
            func.count(),
            func.sum(ranked.c.stock),
            func.sum(ranked.c.worth),
            func.max(ranked.c.title).filter(ranked.c.rank == 1),
        ).group_by(ranked.c.decade)
    )
    names = ("decade", "records", "pieces", "worth", "dearest")
    return {"decades": [dict(zip(names, (*row[:3], f"{row[3]:.2f}", row[4]), strict=True)) for row in rows]}


def quote(session, event):
    """What an order comes to, and whether there is enough of all that is in it."""
    total = Decimal(0)
    for line in event["lines"]:
        record = session.scalar(select(Record).where(Record.title == line["title"]))
        if record is None:
            return {"unknown": line["title"]}
        record.stock -= line["pieces"]
        total += record.price * line["pieces"]
        try:
            session.flush()
        except IntegrityError:
            return {"too_few": line["title"]}
    return {"total": str(total)}


def shown(record):
    """A record as callers see it."""
    return {"title": record.title, "year": record.year, "price": str(record.price), "stock": record.stock}
