"""The directory (departments, officials) and the people of the centre (agents, users, logs).

May run while the old code answers calls: yes: the first version; nothing reads it before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
    op.create_table(
        "access_log",
        sa.Column("access_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False, comment="login"),
        sa.Column("address", sa.Text(), comment="network address the request came from"),
        sa.Column("whose", sa.Text(), comment="number of the citizen, where known"),
        sa.Column(
            "what",
            sa.Text(),
            nullable=False,
            comment="call:<id>, case:<number>, recording:<call id>, list, ...",
        ),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("access_id", name="access_log_pkey"),
    )
    op.create_index("access_log_who_at_idx", "access_log", ["who", "at"])
    op.create_index("access_log_whose_at_idx", "access_log", ["whose", "at"])
    op.create_table(
        "agent_state_log",
        sa.Column("state_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("call_id", sa.Uuid()),
        sa.CheckConstraint(
            "state IN ('logged-out', 'available', 'offered', 'on-call', 'wrap-up', 'on-break', 'not-available')",
            name="agent_state_log_state_check",
        ),
        sa.PrimaryKeyConstraint("state_id", name="agent_state_log_pkey"),
    )
    op.create_index("agent_state_log_at_idx", "agent_state_log", ["at"])
    op.create_index("agent_state_log_extension_at_idx", "agent_state_log", ["extension", "at"])
    op.create_index("agent_state_log_writer_seq_idx", "agent_state_log", ["writer", "seq"], unique=True)
    op.create_table(
        "agents",
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_latin", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "ha1",
            sa.Text(),
            nullable=False,
            comment="md5(extension:realm:secret); the secret itself is nowhere",
        ),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{ko}", nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("districts", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("extension ~ '^[0-9]{2,8}$'", name="agents_extension_check"),
        sa.CheckConstraint("ha1 ~ '^[0-9a-f]{32}$'", name="agents_ha1_check"),
        sa.PrimaryKeyConstraint("extension", name="agents_pkey"),
    )
    op.create_table(
        "citizens_languages",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "language IN ('ko', 'en', 'zh', 'ja', 'vi', 'mn')", name="citizens_languages_language_check"
        ),
        sa.PrimaryKeyConstraint("number", name="citizens_languages_pkey"),
    )
    op.create_table(
        "departments",
        sa.Column("department_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.BigInteger()),
        sa.Column("name_ko", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), comment="the district's Korean name, where it belongs to one"),
        sa.Column("duty_ko", sa.Text(), server_default="", nullable=False),
        sa.Column("duty_en", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), server_default="", nullable=False),
        sa.Column("letters", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "kind IN ('department', 'office', 'district', 'district-department')",
            name="departments_kind_check",
        ),
        sa.CheckConstraint("number ~ '^[0-9]+$'", name="departments_number_check"),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["departments.department_id"], name="departments_parent_id_fkey"
        ),
        sa.PrimaryKeyConstraint("department_id", name="departments_pkey"),
        sa.UniqueConstraint("code", name="departments_code_key"),
    )
    op.create_index(
        "departments_folded_idx",
        "departments",
        ["folded"],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.create_index(
        "departments_letters_idx",
        "departments",
        ["letters"],
        postgresql_using="gin",
        postgresql_ops={"letters": "gin_trgm_ops"},
    )
    op.create_index("departments_number_idx", "departments", ["number"])
    op.create_index("departments_parent_id_idx", "departments", ["parent_id"])
    op.create_table(
        "users",
        sa.Column("user_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), comment="of the agent who logs in with it"),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("must_change_password", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("failed_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("last_login_at", sa.DateTime(timezone=True)),
        sa.Column(
            "session_epoch",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="counts up: all sessions end",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('agent', 'supervisor', 'telecom-admin')", name="users_role_check"),
        sa.CheckConstraint("login = lower(login)", name="users_login_check"),
        sa.PrimaryKeyConstraint("user_id", name="users_pkey"),
        sa.UniqueConstraint("login", name="users_login_key"),
    )
    op.create_table(
        "officials",
        sa.Column("official_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_latin", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("duty", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("absent_from", sa.DateTime(timezone=True)),
        sa.Column("absent_until", sa.DateTime(timezone=True)),
        sa.Column("absence_reason", sa.Text()),
        sa.Column("deputy_id", sa.BigInteger(), comment="answers during the absence"),
        sa.Column("folded", sa.Text(), server_default="", nullable=False),
        sa.Column("letters", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("number ~ '^[0-9]+$'", name="officials_number_check"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.department_id"], name="officials_department_id_fkey"
        ),
        sa.ForeignKeyConstraint(["deputy_id"], ["officials.official_id"], name="officials_deputy_id_fkey"),
        sa.PrimaryKeyConstraint("official_id", name="officials_pkey"),
        sa.UniqueConstraint("code", name="officials_code_key"),
    )
    op.create_index("officials_department_id_idx", "officials", ["department_id"])
    op.create_index(
        "officials_folded_idx",
        "officials",
        ["folded"],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    op.create_index(
        "officials_letters_idx",
        "officials",
        ["letters"],
        postgresql_using="gin",
        postgresql_ops={"letters": "gin_trgm_ops"},
    )
    op.create_index("officials_number_idx", "officials", ["number"])


def downgrade() -> None:
    op.drop_table("officials")
    op.drop_table("users")
    op.drop_table("departments")
    op.drop_table("citizens_languages")
    op.drop_table("agents")
    op.drop_table("agent_state_log")
    op.drop_table("access_log")
    op.execute("DROP EXTENSION IF EXISTS unaccent")
    op.execute("DROP EXTENSION IF EXISTS pg_trgm")
