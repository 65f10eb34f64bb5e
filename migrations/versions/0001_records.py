"""Records, routing decisions, seats, facts and the places of shipping."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call", sa.Text(), nullable=True, comment="linkedid"),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
        schema="core",
    )
    op.create_index(op.f("ix_facts_call"), "facts", ["call"], unique=False, schema="core")
    op.create_index(op.f("ix_facts_kind_at"), "facts", ["kind", "at"], unique=False, schema="core")
    op.create_table(
        "shipping_places",
        sa.Column("source", sa.Text(), nullable=False, comment="cel or journal"),
        sa.Column(
            "segment", sa.Text(), nullable=False, comment="journal: file name; cel: digest of the file's first line"
        ),
        sa.Column(
            "place", sa.BigInteger(), nullable=False, comment="bytes shipped; committed together with their rows"
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source", "segment", name=op.f("pk_shipping_places")),
        schema="core",
    )
    op.create_table(
        "unreadable_lines",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source", "segment", "place", name=op.f("pk_unreadable_lines")),
        schema="core",
    )
    op.create_table(
        "remembered_areas",
        sa.Column("number", sa.Text(), nullable=False, comment="normalised caller number"),
        sa.Column("area_id", sa.Text(), nullable=False),
        sa.Column("remembered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=True, comment="call in which the caller said so"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_remembered_areas")),
        schema="routing",
    )
    op.create_table(
        "routing_decisions",
        sa.Column("linkedid", sa.Text(), nullable=False, comment="the call"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "raw",
            sa.Text(),
            nullable=True,
            comment="caller number as delivered, unprintable characters escaped; null if only Asterisk saw it",
        ),
        sa.Column("normalized", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "trunk_area",
            sa.Text(),
            nullable=True,
            comment="area code of the trunk, which gives local digits their meaning",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="CITY, OUT or UNKNOWN"),
        sa.Column(
            "area", sa.Text(), nullable=True, comment="Chinese name of the city, or of the place outside the province"
        ),
        sa.Column("area_id", sa.Text(), nullable=True, comment="area decided for"),
        sa.Column("county", sa.Text(), nullable=True, comment="Chinese name of the county unit, where one is known"),
        sa.Column("queue", sa.Text(), nullable=False, comment="queue the call was sent to"),
        sa.Column("confidence", sa.Text(), nullable=True, comment="high, shared, low; null where nothing was known"),
        sa.Column("reason", sa.Text(), nullable=False, comment="rule that decided, a word of routing.lookup.REASONS"),
        sa.Column(
            "asked_because",
            sa.Text(),
            nullable=True,
            comment="reason or confidence that made us ask the caller; null if not asked",
        ),
        sa.Column(
            "tries", sa.SmallInteger(), server_default="0", nullable=False, comment="how often the caller was asked"
        ),
        sa.Column(
            "alternatives",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="area ids possible besides area_id",
        ),
        sa.Column("data_version", sa.Text(), nullable=True, comment="source and date of the tables"),
        sa.Column(
            "decided_by",
            sa.Text(),
            nullable=False,
            comment="service, script (stand-alone) or default (neither answered)",
        ),
        sa.Column(
            "private",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="number hidden from seats on request",
        ),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_routing_decisions")),
        schema="routing",
    )
    op.create_index(
        op.f("ix_routing_decisions_area_id_decided_at"),
        "routing_decisions",
        ["area_id", "decided_at"],
        unique=False,
        schema="routing",
    )
    op.create_index(
        op.f("ix_routing_decisions_decided_at"), "routing_decisions", ["decided_at"], unique=False, schema="routing"
    )
    op.create_table(
        "calls",
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, comment="trunk, seat or platform: who made the call"),
        sa.Column("caller", sa.Text(), nullable=False, comment="number as received; empty when withheld"),
        sa.Column("dialled", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True, comment="the queue that answered, else the last one waited in"),
        sa.Column("answered_by", sa.Text(), nullable=True, comment="seat number"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_up_ms", sa.BigInteger(), nullable=True, comment="start of the call to the first ring at a seat"),
        sa.Column("wait_ms", sa.BigInteger(), nullable=True, comment="queue entered to answered, or to the end"),
        sa.Column("talk_ms", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True, comment="Q.850 cause of the caller's hang-up"),
        sa.Column(
            "interrupted_at", sa.DateTime(timezone=True), nullable=True, comment="Asterisk died with the call open"
        ),
        sa.CheckConstraint("ended_at >= started_at", name=op.f("ck_calls_order")),
        sa.CheckConstraint("set_up_ms >= 0 AND wait_ms >= 0 AND talk_ms >= 0", name=op.f("ck_calls_durations")),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_calls")),
        schema="seats",
    )
    op.create_index(op.f("ix_calls_outcome"), "calls", ["outcome"], unique=False, schema="seats")
    op.create_index(op.f("ix_calls_started_at"), "calls", ["started_at"], unique=False, schema="seats")
    op.create_table(
        "cel_events",
        sa.Column(
            "row", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="the order Asterisk wrote them in"
        ),
        sa.Column("segment", sa.Text(), nullable=False, comment="the file, see core.shipping_places"),
        sa.Column("place", sa.BigInteger(), nullable=False, comment="byte of the file where the event begins"),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=False),
        sa.Column("caller_number", sa.Text(), nullable=False),
        sa.Column("ani", sa.Text(), nullable=False),
        sa.Column("rdnis", sa.Text(), nullable=False),
        sa.Column("dnid", sa.Text(), nullable=False),
        sa.Column("exten", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("app", sa.Text(), nullable=False),
        sa.Column("app_data", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("user_type", sa.Text(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_cel_events")),
        sa.UniqueConstraint("segment", "place", name=op.f("uq_cel_events_segment_place")),
        schema="seats",
    )
    op.create_index(op.f("ix_cel_events_linkedid"), "cel_events", ["linkedid"], unique=False, schema="seats")
    op.create_table(
        "open_calls",
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True, comment="why the call's events could not be told as a record"),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_open_calls")),
        schema="seats",
    )
    op.create_table(
        "legs",
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("uniqueid", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False, comment="0 is the first channel of the call"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True, comment="the queue the caller waited in when this leg began"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ring_ms", sa.BigInteger(), nullable=False),
        sa.Column("talk_ms", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.CheckConstraint("ring_ms >= 0 AND talk_ms >= 0", name=op.f("ck_legs_durations")),
        sa.ForeignKeyConstraint(
            ["linkedid"], ["seats.calls.linkedid"], name=op.f("fk_legs_linkedid_calls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("linkedid", "uniqueid", name=op.f("pk_legs")),
        schema="seats",
    )
    op.create_index(op.f("ix_legs_seat"), "legs", ["seat"], unique=False, schema="seats")
    op.create_table(
        "seats",
        sa.Column(
            "number",
            sa.Text(),
            nullable=False,
            comment="area code without its leading 0 plus four digits; SIP user name",
        ),
        sa.Column("area", sa.Text(), nullable=False, comment="id of the area whose desk this is"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seats")),
        schema="seats",
    )
    op.create_index(op.f("ix_seats_area"), "seats", ["area"], unique=False, schema="seats")


def downgrade() -> None:
    op.drop_index(op.f("ix_seats_area"), table_name="seats", schema="seats")
    op.drop_table("seats", schema="seats")
    op.drop_index(op.f("ix_legs_seat"), table_name="legs", schema="seats")
    op.drop_table("legs", schema="seats")
    op.drop_table("open_calls", schema="seats")
    op.drop_index(op.f("ix_cel_events_linkedid"), table_name="cel_events", schema="seats")
    op.drop_table("cel_events", schema="seats")
    op.drop_index(op.f("ix_calls_started_at"), table_name="calls", schema="seats")
    op.drop_index(op.f("ix_calls_outcome"), table_name="calls", schema="seats")
    op.drop_table("calls", schema="seats")
    op.drop_index(op.f("ix_routing_decisions_decided_at"), table_name="routing_decisions", schema="routing")
    op.drop_index(op.f("ix_routing_decisions_area_id_decided_at"), table_name="routing_decisions", schema="routing")
    op.drop_table("routing_decisions", schema="routing")
    op.drop_table("remembered_areas", schema="routing")
    op.drop_table("unreadable_lines", schema="core")
    op.drop_table("shipping_places", schema="core")
    op.drop_index(op.f("ix_facts_kind_at"), table_name="facts", schema="core")
    op.drop_index(op.f("ix_facts_call"), table_name="facts", schema="core")
    op.drop_table("facts", schema="core")
