"""Users who work at a seat."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COMMENTS = {
    "area": ("id of the province or of a city", "id of the province or of a city; of a seat, its own area"),
    "phone": (
        "number of the seat whose softphone rings when this user listens",
        "number of the seat whose softphone rings when this user listens; of a seat, its number",
    ),
}


def upgrade() -> None:
    op.drop_constraint(op.f("ck_users_role"), "users", schema="seats", type_="check")
    op.create_check_constraint(
        op.f("ck_users_role"),
        "users",
        "role IN ('province_supervisor', 'city_supervisor', 'auditor', 'seat')",
        schema="seats",
    )
    op.create_check_constraint(
        op.f("ck_users_seat_has_number"), "users", "role <> 'seat' OR phone IS NOT NULL", schema="seats"
    )
    for column, (before, after) in _COMMENTS.items():
        op.alter_column(
            "users", column, existing_type=sa.Text(), comment=after, existing_comment=before, schema="seats"
        )


def downgrade() -> None:
    for column, (before, after) in _COMMENTS.items():
        op.alter_column(
            "users", column, existing_type=sa.Text(), comment=before, existing_comment=after, schema="seats"
        )
    # A program that knows no such role cannot let its users in; the rows would break its constraint.
    op.execute("DELETE FROM seats.users WHERE role = 'seat'")
    op.drop_constraint(op.f("ck_users_seat_has_number"), "users", schema="seats", type_="check")
    op.drop_constraint(op.f("ck_users_role"), "users", schema="seats", type_="check")
    op.create_check_constraint(
        op.f("ck_users_role"),
        "users",
        "role IN ('province_supervisor', 'city_supervisor', 'auditor')",
        schema="seats",
    )
