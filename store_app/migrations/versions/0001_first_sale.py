"""first sale."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

import catalog.kernel.database

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the store; it is never changed back: people restore the copy made before."""
    op.create_table('account_change',
    sa.Column('subject_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('subject_kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('field', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('old', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('new', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.CheckConstraint("subject_kind IN ('company', 'end_user')", name=op.f('ck_account_change_subject_kind')),
    sa.CheckConstraint('number > 0', name=op.f('ck_account_change_number')),
    sa.CheckConstraint('old <> new', name=op.f('ck_account_change_change')),
    sa.PrimaryKeyConstraint('subject_id', 'number', name=op.f('pk_account_change')),
    info={'schema': 'tenant'}
    )
    op.create_table('auto_refill',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('threshold', sa.BigInteger(), nullable=False),
    sa.Column('refill', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('pay', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('daily_cap', sa.Integer(), nullable=False),
    sa.Column('monthly_cap', sa.Integer(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('off_reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('set_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'wallet') = (amount_minor > 0)", name=op.f('ck_auto_refill_what')),
    sa.CheckConstraint("kind IN ('esim', 'wallet')", name=op.f('ck_auto_refill_kind')),
    sa.CheckConstraint("pay IN ('card', 'company-card', 'wallet', 'company-wallet')", name=op.f('ck_auto_refill_pay')),
    sa.CheckConstraint('daily_cap > 0 AND monthly_cap > 0', name=op.f('ck_auto_refill_caps')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_auto_refill')),
    sa.UniqueConstraint('subject_id', name=op.f('uq_auto_refill_subject_id')),
    info={'schema': 'tenant'}
    )
    op.create_table('card_consent',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('owner_kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('owner_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('version', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('words', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('purpose', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("owner_kind IN ('company', 'end_user')", name=op.f('ck_card_consent_owner_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_card_consent')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('card_consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_card_consent_owner_id'), ['owner_id'], unique=False)

    op.create_table('company',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('vat_rate', sa.Integer(), nullable=True),
    sa.Column('credit_limit_minor', sa.BigInteger(), nullable=False),
    sa.Column('virtual', sa.Boolean(), nullable=False),
    sa.Column('vat_number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('registration', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('street', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('postcode', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('city', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('country', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reverse_charge', sa.Boolean(), nullable=False),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("NOT reverse_charge OR vat_number <> ''", name=op.f('ck_company_reverse_charge')),
    sa.CheckConstraint('credit_limit_minor >= 0', name=op.f('ck_company_credit_limit')),
    sa.CheckConstraint('vat_rate IS NULL OR vat_rate BETWEEN 0 AND 10000', name=op.f('ck_company_vat_rate')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_company')),
    sa.UniqueConstraint('name_key', name=op.f('uq_company_name_key')),
    info={'schema': 'tenant'}
    )
    op.create_table('invoice',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('company_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('bill_on', sa.Date(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=True),
    sa.Column('preceding_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_rate', sa.Integer(), nullable=False),
    sa.Column('prices_include_vat', sa.Boolean(), nullable=False),
    sa.Column('paid_minor', sa.BigInteger(), nullable=False),
    sa.Column('credited_minor', sa.BigInteger(), nullable=False),
    sa.Column('parties', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('approved_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('approved_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('issued_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('due_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'bill') = (sequence IS NOT NULL)", name=op.f('ck_invoice_sequence')),
    sa.CheckConstraint("(kind = 'credit') = (preceding_id IS NOT NULL)", name=op.f('ck_invoice_preceding')),
    sa.CheckConstraint("(state IN ('pre_bill', 'approved')) = (number IS NULL)", name=op.f('ck_invoice_issued_state')),
    sa.CheckConstraint("kind <> 'credit' OR total_minor < 0", name=op.f('ck_invoice_credit_note')),
    sa.CheckConstraint("kind IN ('bill', 'order', 'credit')", name=op.f('ck_invoice_kind')),
    sa.CheckConstraint("state IN ('pre_bill', 'approved', 'open', 'part_paid', 'paid', 'void')", name=op.f('ck_invoice_state')),
    sa.CheckConstraint('(number IS NULL) = (issued_at IS NULL)', name=op.f('ck_invoice_number')),
    sa.CheckConstraint('credited_minor = 0 OR credited_minor BETWEEN 0 AND total_minor', name=op.f('ck_invoice_credited')),
    sa.CheckConstraint('total_minor = net_minor + tax_minor', name=op.f('ck_invoice_total')),
    sa.ForeignKeyConstraint(['preceding_id'], ['invoice.id'], name=op.f('fk_invoice_preceding_id_invoice')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice')),
    sa.UniqueConstraint('company_id', 'currency', 'bill_on', 'sequence', name=op.f('uq_invoice_company_id_currency_bill_on_sequence')),
    sa.UniqueConstraint('number', name=op.f('uq_invoice_number')),
    sa.UniqueConstraint('ref', name=op.f('uq_invoice_ref')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invoice_preceding_id'), ['preceding_id'], unique=False)

    op.create_table('ledger_account',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('owner', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('unit', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('normal_side', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tracked', sa.Boolean(), nullable=False),
    sa.Column('balance', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("normal_side IN ('debit', 'credit')", name=op.f('ck_ledger_account_normal_side')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_account')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    op.create_table('letter',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('recipient', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('trouble', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('written_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('due_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('busy_until', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('sent_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f('ck_letter_sent_at')),
    sa.CheckConstraint("kind IN ('esim', 'confirmation', 'approval')", name=op.f('ck_letter_kind')),
    sa.CheckConstraint("state <> 'sent' OR recipient <> ''", name=op.f('ck_letter_recipient')),
    sa.CheckConstraint("state = 'pending' OR busy_until IS NULL", name=op.f('ck_letter_busy_until')),
    sa.CheckConstraint("state IN ('pending', 'sent', 'refused', 'dropped')", name=op.f('ck_letter_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.create_index('ix_letter_due', ['due_at'], unique=False, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))
        batch_op.create_index(batch_op.f('ix_letter_subject_id'), ['subject_id'], unique=False)
        batch_op.create_index('uq_letter_asked', ['subject_id'], unique=True, sqlite_where=sa.text("state = 'pending' AND kind = 'approval'"), postgresql_where=sa.text("state = 'pending' AND kind = 'approval'"))

    op.create_table('line',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('iccid_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('validity_days', sa.Integer(), nullable=False),
    sa.Column('start', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('start_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('assigned_at', catalog.kernel.database.Instant(), nullable=False),
    sa.Column('ended_at', catalog.kernel.database.Instant(), nullable=True),
    sa.Column('granted_bytes', sa.BigInteger(), nullable=False),
    sa.Column('served_bytes', sa.BigInteger(), nullable=False),
    sa.Column('lost_bytes', sa.BigInteger(), nullable=False),
    sa.Column('revoked_bytes', sa.BigInteger(), nullable=False),
    sa.Column('left_bytes', sa.BigInteger(), nullable=False),
    sa.Column('overrun_bytes', sa.BigInteger(), nullable=False),
    sa.Column('used_bytes', sa.BigInteger(), nullable=False),
    sa.Column('activated_at', catalog.kernel.database.Instant(), nullable=True),
    sa.Column('expires_at', catalog.kernel.database.Instant(), nullable=True),
    sa.Column('expiry_import_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('rated_until', catalog.kernel.database.Instant(), nullable=True),
    sa.Column('as_of', catalog.kernel.database.Instant(), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.Column('is_held', sa.Boolean(), nullable=False),
    sa.CheckConstraint('left_bytes = granted_bytes - served_bytes - lost_bytes', name=op.f('ck_line_left_is_what_remains')),
    sa.CheckConstraint('left_bytes >= 0', name=op.f('ck_line_left')),
    sa.CheckConstraint('overrun_bytes >= 0', name=op.f('ck_line_overrun')),
    sa.CheckConstraint('revoked_bytes BETWEEN 0 AND lost_bytes', name=op.f('ck_line_revoked')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_line')),
    sa.UniqueConstraint('iccid_key', name=op.f('uq_line_iccid_key')),
    sa.UniqueConstraint('id', name=op.f('uq_line_id')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('line', schema=None) as batch_op:
        batch_op.create_index('ix_line_expiring', ['expires_at'], unique=False, sqlite_where=sa.text('left_bytes > 0'), postgresql_where=sa.text('left_bytes > 0'))

    op.create_table('number_series',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_number_series')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    op.create_table('payment_attempt',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('method', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('idempotency_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('livemode', sa.Boolean(), nullable=False),
    sa.Column('provider_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('page_url', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('needs_payer', sa.Boolean(), nullable=False),
    sa.Column('expires_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('refunded_minor', sa.BigInteger(), nullable=False),
    sa.Column('due_minor', sa.BigInteger(), nullable=False),
    sa.Column('led_by', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('received_minor', sa.BigInteger(), nullable=False),
    sa.Column('received_currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('settled_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('pending', 'checking', 'succeeded', 'declined', 'cancelled', 'stranded', 'returned')", name=op.f('ck_payment_attempt_state')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_payment_attempt_amount')),
    sa.CheckConstraint('refunded_minor BETWEEN 0 AND amount_minor', name=op.f('ck_payment_attempt_refunded')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_attempt')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_payment_attempt_idempotency_key')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('payment_attempt', schema=None) as batch_op:
        batch_op.create_index('ix_payment_attempt_led_by', ['led_by'], unique=False, sqlite_where=sa.text('led_by IS NOT NULL'), postgresql_where=sa.text('led_by IS NOT NULL'))
        batch_op.create_index('ix_payment_attempt_open', ['state', 'provider'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_attempt_order_id'), ['order_id'], unique=False)

    op.create_table('plan',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('sku', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('operator', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('data_bytes', sa.BigInteger(), nullable=True),
    sa.Column('validity_days', sa.Integer(), nullable=True),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.Column('updated_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('prepaid', 'paygo', 'monthly_bundle', 'pay_per_mb', 'unlimited', 'static_pool', 'dynamic_pool')", name=op.f('ck_plan_kind')),
    sa.CheckConstraint('length(currency) = 3', name=op.f('ck_plan_currency')),
    sa.CheckConstraint('price_minor >= 0', name=op.f('ck_plan_price')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan')),
    sa.UniqueConstraint('sku', name=op.f('uq_plan_sku')),
    info={'schema': 'tenant'}
    )
    op.create_table('posting',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('debit_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('credit_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('unit', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_posting_amount')),
    sa.CheckConstraint('debit_id <> credit_id', name=op.f('ck_posting_sides')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posting')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.create_index('ix_posting_credit', ['credit_id', 'at'], unique=False)
        batch_op.create_index('ix_posting_debit', ['debit_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_posting_subject_id'), ['subject_id'], unique=False)

    op.create_table('provider_cursor',
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('read_until', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('provider', name=op.f('pk_provider_cursor')),
    info={'schema': 'tenant'}
    )
    op.create_table('register_reader',
    sa.Column('register_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reader_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_simulated', sa.Boolean(), nullable=False),
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('livemode', sa.Boolean(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('register_id', name=op.f('pk_register_reader')),
    info={'schema': 'tenant'}
    )
    op.create_table('request',
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('verb', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('body_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_request')),
    info={'schema': 'tenant'}
    )
    op.create_table('setting',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('value', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_setting')),
    info={'schema': 'tenant'}
    )
    op.create_table('shift',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('register_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('opened_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('opened_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('float_minor', sa.BigInteger(), nullable=False),
    sa.Column('closed_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('closed_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('counted_minor', sa.BigInteger(), nullable=True),
    sa.Column('expected_minor', sa.BigInteger(), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('totals', sa.JSON(none_as_null=True), nullable=True),
    sa.CheckConstraint('counted_minor IS NULL OR counted_minor >= 0', name=op.f('ck_shift_counted')),
    sa.CheckConstraint('float_minor >= 0', name=op.f('ck_shift_float')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shift')),
    sa.UniqueConstraint('register_id', 'number', name=op.f('uq_shift_register_id_number')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('shift', schema=None) as batch_op:
        batch_op.create_index('uq_shift_open', ['register_id'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('stock_count',
    sa.Column('lot', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('slot', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.Column('withdrawn', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('lot', 'slot', name=op.f('pk_stock_count')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    op.create_table('subscription_terms',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('sku', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription_terms')),
    info={'schema': 'tenant'}
    )
    op.create_table('supplier',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('url', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('ca', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('cert', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('requester', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('smdp_address', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('protocol', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('release_apart', sa.Boolean(), nullable=False),
    sa.Column('confirmation', sa.Boolean(), nullable=False),
    sa.Column('wants_eid', sa.Boolean(), nullable=False),
    sa.Column('timeout_s', sa.Integer(), nullable=False),
    sa.Column('concurrent', sa.Integer(), nullable=False),
    sa.Column('per_minute', sa.Integer(), nullable=False),
    sa.Column('added_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('added_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('removed_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('timeout_s > 0 AND concurrent > 0 AND per_minute > 0', name=op.f('ck_supplier_limits')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier')),
    sa.UniqueConstraint('name', name=op.f('uq_supplier_name')),
    info={'schema': 'tenant'}
    )
    op.create_table('tariff',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tariff')),
    info={'schema': 'tenant'}
    )
    op.create_table('usage_batch',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('source', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('received_at', catalog.kernel.database.Instant(), nullable=False),
    sa.Column('is_landed', sa.Boolean(), nullable=False),
    sa.Column('applied_at', catalog.kernel.database.Instant(), nullable=True),
    sa.Column('slices', sa.Integer(), nullable=False),
    sa.Column('steps', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_usage_batch')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('usage_batch', schema=None) as batch_op:
        batch_op.create_index('ix_usage_batch_unapplied', ['source'], unique=False, sqlite_where=sa.text('applied_at IS NULL'), postgresql_where=sa.text('applied_at IS NULL'))

    op.create_table('usage_charge',
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('step', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.Integer(), nullable=False),
    sa.Column('event_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('country', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('covered_bytes', sa.BigInteger(), nullable=False),
    sa.Column('overrun_bytes', sa.BigInteger(), nullable=False),
    sa.Column('barred_bytes', sa.BigInteger(), nullable=False),
    sa.Column('charged_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('bytes = covered_bytes + overrun_bytes + barred_bytes', name=op.f('ck_usage_charge_bytes')),
    sa.CheckConstraint('charged_minor >= 0', name=op.f('ck_usage_charge_charged')),
    sa.PrimaryKeyConstraint('line', 'number', name=op.f('pk_usage_charge')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    op.create_table('usage_import',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('began_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('finished_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usage_import')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('usage_import', schema=None) as batch_op:
        batch_op.create_index('uq_usage_import_open', ['source'], unique=True, sqlite_where=sa.text('finished_at IS NULL'), postgresql_where=sa.text('finished_at IS NULL'))

    op.create_table('usage_posting',
    sa.Column('step', sa.BigInteger(), nullable=False),
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('previous', sa.BigInteger(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('last_place', sa.Integer(), nullable=False),
    sa.Column('first_hour', sa.Integer(), nullable=False),
    sa.Column('last_hour', sa.Integer(), nullable=False),
    sa.Column('at', catalog.kernel.database.Instant(), nullable=False),
    sa.Column('from_line', sa.Boolean(), nullable=False),
    sa.Column('served_bytes', sa.BigInteger(), nullable=False),
    sa.Column('overrun_bytes', sa.BigInteger(), nullable=False),
    sa.Column('barred_bytes', sa.BigInteger(), nullable=False),
    sa.Column('charged_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('barred_bytes >= 0', name=op.f('ck_usage_posting_barred')),
    sa.CheckConstraint('overrun_bytes >= 0', name=op.f('ck_usage_posting_overrun')),
    sa.CheckConstraint('served_bytes >= 0', name=op.f('ck_usage_posting_served')),
    sa.CheckConstraint('tax_minor BETWEEN 0 AND charged_minor', name=op.f('ck_usage_posting_charged')),
    sa.PrimaryKeyConstraint('step', 'line', name=op.f('pk_usage_posting')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    op.create_table('usage_record',
    sa.Column('hour', sa.Integer(), nullable=False),
    sa.Column('line', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.Integer(), nullable=False),
    sa.Column('event_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('started_at', catalog.kernel.database.Instant(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('country', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('cumulative', sa.Boolean(), nullable=False),
    sa.Column('arrival', sa.BigInteger(), nullable=False),
    sa.Column('rated_at', catalog.kernel.database.Instant(), nullable=True),
    sa.CheckConstraint('bytes >= 0', name=op.f('ck_usage_record_bytes')),
    sa.PrimaryKeyConstraint('hour', 'line', 'source', 'event_id', name=op.f('pk_usage_record')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    op.create_table('usage_slice',
    sa.Column('source', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('batch', sa.BigInteger(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('first_hour', sa.Integer(), nullable=False),
    sa.Column('last_hour', sa.Integer(), nullable=False),
    sa.Column('hashes', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('source', 'number', name=op.f('pk_usage_slice')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    op.create_table('usage_source',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('slices', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_usage_source')),
    sa.UniqueConstraint('name', name=op.f('uq_usage_source_name')),
    info={'schema': 'tenant'}
    )
    op.create_table('wallet',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('owner_kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('owner_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('minimum_minor', sa.BigInteger(), nullable=False),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("owner_kind IN ('company', 'end_user')", name=op.f('ck_wallet_owner_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wallet')),
    sa.UniqueConstraint('owner_id', name=op.f('uq_wallet_owner_id')),
    info={'schema': 'tenant'}
    )
    op.create_table('cash_movement',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('shift_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_minor <> 0', name=op.f('ck_cash_movement_amount')),
    sa.ForeignKeyConstraint(['shift_id'], ['shift.id'], name=op.f('fk_cash_movement_shift_id_shift')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cash_movement')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('cash_movement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cash_movement_shift_id'), ['shift_id'], unique=False)

    op.create_table('data_grant',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('line_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('data_bytes', sa.BigInteger(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_floor', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('taken_back_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('taken_back_floor', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('data_bytes > 0', name=op.f('ck_data_grant_data')),
    sa.ForeignKeyConstraint(['line_id'], ['line.id'], name=op.f('fk_data_grant_line_id_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_grant')),
    info={'schema': 'tenant'},
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('data_grant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_data_grant_line_id'), ['line_id'], unique=False)

    op.create_table('day_usage',
    sa.Column('line_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['line.id'], name=op.f('fk_day_usage_line_id_line')),
    sa.PrimaryKeyConstraint('line_id', 'day', name=op.f('pk_day_usage')),
    info={'schema': 'tenant'}
    )
    op.create_table('download_order',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('supplier_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('profile_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('call_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('calls', sa.JSON(), nullable=False),
    sa.Column('iccid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('iccid_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('matching_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('confirmation_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('eid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('smdp_address', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_unheard', sa.Boolean(), nullable=False),
    sa.Column('given_up', sa.Boolean(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('busy_until', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('changed_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("iccid <> '' OR state IN ('planned', 'ordering', 'unknown', 'failed')", name=op.f('ck_download_order_iccid')),
    sa.CheckConstraint("matching_id <> '' OR eid <> '' OR state NOT IN ('confirmed', 'releasing', 'released', 'delivered')", name=op.f('ck_download_order_matching_id')),
    sa.CheckConstraint("state IN ('planned', 'ordering', 'unknown', 'allocated', 'linked', 'confirming', 'confirmed', 'releasing', 'released', 'delivered', 'cancelling', 'cancelled', 'failed')", name=op.f('ck_download_order_state')),
    sa.ForeignKeyConstraint(['supplier_id'], ['supplier.id'], name=op.f('fk_download_order_supplier_id_supplier')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_download_order')),
    sa.UniqueConstraint('iccid_key', name=op.f('uq_download_order_iccid_key')),
    sa.UniqueConstraint('order_id', name=op.f('uq_download_order_order_id')),
    sa.UniqueConstraint('reference', name=op.f('uq_download_order_reference')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('download_order', schema=None) as batch_op:
        batch_op.create_index('ix_download_order_in_hand', ['state', 'order_id'], unique=False, sqlite_where=sa.text("state NOT IN ('delivered', 'failed', 'cancelled')"), postgresql_where=sa.text("state NOT IN ('delivered', 'failed', 'cancelled')"))
        batch_op.create_index(batch_op.f('ix_download_order_supplier_id'), ['supplier_id'], unique=False)

    op.create_table('end_user',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('company_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('vat_rate', sa.Integer(), nullable=True),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('vat_rate IS NULL OR vat_rate BETWEEN 0 AND 10000', name=op.f('ck_end_user_vat_rate')),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_end_user_company_id_company')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_end_user')),
    sa.UniqueConstraint('email', name=op.f('uq_end_user_email')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('end_user', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_end_user_company_id'), ['company_id'], unique=False)

    op.create_table('esim',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('line_kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('iccid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('iccid_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('operator', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('plan_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('lot', sa.Integer(), nullable=True),
    sa.Column('smdp_address', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('smdp_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('matching_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('oid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('confirmation_required', sa.Boolean(), nullable=False),
    sa.Column('confirmation_code', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reusable', sa.Boolean(), nullable=False),
    sa.Column('eid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('msisdn', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('imsi', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('pin1', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('puk1', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('batch_ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('purchase_order', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('cost_minor', sa.BigInteger(), nullable=True),
    sa.Column('cost_currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('install_by', sa.Date(), nullable=True),
    sa.Column('stock_state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('profile_state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reserved_until', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('sold_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('company_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('end_user_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.CheckConstraint("(stock_state = 'reserved') = (reserved_until IS NOT NULL)", name=op.f('ck_esim_reserved_until')),
    sa.CheckConstraint("line_kind IN ('esim', 'sim', 'terminal')", name=op.f('ck_esim_line_kind')),
    sa.CheckConstraint("stock_state <> 'reserved' OR order_id IS NOT NULL", name=op.f('ck_esim_order')),
    sa.CheckConstraint("stock_state IN ('available', 'reserved', 'sold', 'withdrawn')", name=op.f('ck_esim_stock_state')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_esim_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_esim')),
    sa.UniqueConstraint('iccid_key', name=op.f('uq_esim_iccid_key')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('esim', schema=None) as batch_op:
        batch_op.create_index('ix_esim_available', ['lot', 'id'], unique=False, sqlite_where=sa.text("stock_state = 'available'"), postgresql_where=sa.text("stock_state = 'available'"))
        batch_op.create_index('ix_esim_company_id', ['company_id'], unique=False, sqlite_where=sa.text('company_id IS NOT NULL'), postgresql_where=sa.text('company_id IS NOT NULL'))
        batch_op.create_index('ix_esim_end_user_id', ['end_user_id'], unique=False, sqlite_where=sa.text('end_user_id IS NOT NULL'), postgresql_where=sa.text('end_user_id IS NOT NULL'))
        batch_op.create_index('ix_esim_reserved', ['reserved_until', 'lot'], unique=False, sqlite_where=sa.text("stock_state = 'reserved'"), postgresql_where=sa.text("stock_state = 'reserved'"))
        batch_op.create_index('ix_esim_sold_at', ['sold_at'], unique=False, sqlite_where=sa.text('sold_at IS NOT NULL'), postgresql_where=sa.text('sold_at IS NOT NULL'))
        batch_op.create_index('uq_esim_matching_id', ['smdp_key', 'matching_id'], unique=True, sqlite_where=sa.text("matching_id <> '' AND NOT reusable"), postgresql_where=sa.text("matching_id <> '' AND NOT reusable"))
        batch_op.create_index('uq_esim_order_id', ['order_id'], unique=True, sqlite_where=sa.text('order_id IS NOT NULL'), postgresql_where=sa.text('order_id IS NOT NULL'))

    op.create_table('former_number',
    sa.Column('iccid_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('line_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('until', catalog.kernel.database.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['line.id'], name=op.f('fk_former_number_line_id_line')),
    sa.PrimaryKeyConstraint('iccid_key', name=op.f('pk_former_number')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('former_number', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_number_line_id'), ['line_id'], unique=False)

    op.create_table('hold',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('wallet_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('captured_minor', sa.BigInteger(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('deadline_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('resolved_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'held') = (resolved_at IS NULL)", name=op.f('ck_hold_resolved')),
    sa.CheckConstraint("state = 'captured' OR captured_minor = 0", name=op.f('ck_hold_captured_or_nothing')),
    sa.CheckConstraint("state IN ('held', 'captured', 'voided', 'timed_out')", name=op.f('ck_hold_state')),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_hold_amount')),
    sa.CheckConstraint('captured_minor BETWEEN 0 AND amount_minor', name=op.f('ck_hold_captured')),
    sa.ForeignKeyConstraint(['wallet_id'], ['wallet.id'], name=op.f('fk_hold_wallet_id_wallet')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hold')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.create_index('ix_hold_deadline', ['deadline_at'], unique=False, sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
        batch_op.create_index('ix_hold_open', ['wallet_id'], unique=False, sqlite_where=sa.text("state = 'held'"), postgresql_where=sa.text("state = 'held'"))
        batch_op.create_index('ix_hold_wallet', ['wallet_id', 'created_at'], unique=False)

    op.create_table('invoice_item',
    sa.Column('invoice_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('plan', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit_minor', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_item_invoice_id_invoice')),
    sa.PrimaryKeyConstraint('invoice_id', 'position', name=op.f('pk_invoice_item')),
    info={'schema': 'tenant'}
    )
    op.create_table('invoice_payment',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('invoice_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('method', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('register_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('shift_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('receipt_number', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(method = 'cash') = (receipt_number IS NOT NULL)", name=op.f('ck_invoice_payment_receipt')),
    sa.CheckConstraint("(method = 'cash') = (shift_id IS NOT NULL)", name=op.f('ck_invoice_payment_cash_needs_a_shift')),
    sa.CheckConstraint("method IN ('bank', 'cash', 'wallet', 'credit', 'card')", name=op.f('ck_invoice_payment_method')),
    sa.CheckConstraint('amount_minor <> 0', name=op.f('ck_invoice_payment_amount')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_payment_invoice_id_invoice')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_payment')),
    sa.UniqueConstraint('receipt_number', name=op.f('uq_invoice_payment_receipt_number')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('invoice_payment', schema=None) as batch_op:
        batch_op.create_index('ix_invoice_payment_at', ['at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoice_payment_invoice_id'), ['invoice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoice_payment_shift_id'), ['shift_id'], unique=False)

    op.create_table('paygo_line',
    sa.Column('line_number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('line_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('wallet_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('tariff_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('remainder', sa.BigInteger(), nullable=False),
    sa.Column('charged_minor', sa.BigInteger(), nullable=False),
    sa.Column('barred_bytes', sa.BigInteger(), nullable=False),
    sa.Column('charges', sa.Integer(), nullable=False),
    sa.Column('mrc_anchor_at', catalog.kernel.database.Instant(), nullable=True),
    sa.Column('mrc_months', sa.Integer(), nullable=False),
    sa.Column('mrc_due_at', catalog.kernel.database.Instant(), nullable=True),
    sa.CheckConstraint('charged_minor >= 0', name=op.f('ck_paygo_line_charged')),
    sa.CheckConstraint('remainder >= 0', name=op.f('ck_paygo_line_remainder')),
    sa.ForeignKeyConstraint(['line_id'], ['line.id'], name=op.f('fk_paygo_line_line_id_line')),
    sa.ForeignKeyConstraint(['tariff_id'], ['tariff.id'], name=op.f('fk_paygo_line_tariff_id_tariff')),
    sa.ForeignKeyConstraint(['wallet_id'], ['wallet.id'], name=op.f('fk_paygo_line_wallet_id_wallet')),
    sa.PrimaryKeyConstraint('line_number', name=op.f('pk_paygo_line')),
    sa.UniqueConstraint('line_id', name=op.f('uq_paygo_line_line_id')),
    info={'schema': 'tenant'},
    postgresql_with={'fillfactor': 45}
    )
    with op.batch_alter_table('paygo_line', schema=None) as batch_op:
        batch_op.create_index('ix_paygo_line_due', ['mrc_due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_paygo_line_wallet_id'), ['wallet_id'], unique=False)

    op.create_table('refill_episode',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('auto_refill_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('opened_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('due_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('claimed_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('closed_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'trying' OR order_id IS NOT NULL", name=op.f('ck_refill_episode_trying_has_its_order')),
    sa.CheckConstraint("state IN ('waiting', 'trying', 'paused', 'refilled', 'lapsed', 'given_up')", name=op.f('ck_refill_episode_state')),
    sa.CheckConstraint('tries >= 0', name=op.f('ck_refill_episode_tries')),
    sa.ForeignKeyConstraint(['auto_refill_id'], ['auto_refill.id'], name=op.f('fk_refill_episode_auto_refill_id_auto_refill')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refill_episode')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('refill_episode', schema=None) as batch_op:
        batch_op.create_index('ix_refill_episode_claimed', ['auto_refill_id', 'claimed_at'], unique=False)
        batch_op.create_index('ix_refill_episode_due', ['due_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))
        batch_op.create_index('uq_refill_episode_open', ['auto_refill_id'], unique=True, sqlite_where=sa.text("state IN ('waiting', 'trying', 'paused')"), postgresql_where=sa.text("state IN ('waiting', 'trying', 'paused')"))

    op.create_table('refund',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('attempt_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('destination', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('provider_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('set_aside_minor', sa.BigInteger(), nullable=False),
    sa.Column('wallet_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('payment_ref', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('payment_minor', sa.BigInteger(), nullable=False),
    sa.Column('register_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('shift_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('pending', 'checking', 'succeeded', 'failed')", name=op.f('ck_refund_state')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_refund_amount')),
    sa.CheckConstraint('set_aside_minor >= 0', name=op.f('ck_refund_set_aside')),
    sa.ForeignKeyConstraint(['attempt_id'], ['payment_attempt.id'], name=op.f('fk_refund_attempt_id_payment_attempt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund')),
    sa.UniqueConstraint('number', name=op.f('uq_refund_number')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.create_index('ix_refund_at', ['at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_shift_id'), ['shift_id'], unique=False)
        batch_op.create_index('ix_refund_state', ['state'], unique=False)

    op.create_table('saved_card',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('owner_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('consent_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('attempt_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('livemode', sa.Boolean(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('idempotency_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('session_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('page_url', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('customer_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('method_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('brand', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('last4', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('exp_month', sa.Integer(), nullable=True),
    sa.Column('exp_year', sa.Integer(), nullable=True),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('saved_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state <> 'saved' OR method_id <> ''", name=op.f('ck_saved_card_saved_has_its_ids')),
    sa.CheckConstraint("state IN ('asked', 'saved', 'cancelled', 'removing', 'removed')", name=op.f('ck_saved_card_state')),
    sa.CheckConstraint('length(last4) <= 4', name=op.f('ck_saved_card_last4')),
    sa.ForeignKeyConstraint(['attempt_id'], ['payment_attempt.id'], name=op.f('fk_saved_card_attempt_id_payment_attempt')),
    sa.ForeignKeyConstraint(['consent_id'], ['card_consent.id'], name=op.f('fk_saved_card_consent_id_card_consent')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_card')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_saved_card_idempotency_key')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('saved_card', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_card_attempt_id'), ['attempt_id'], unique=False)
        batch_op.create_index('ix_saved_card_going_on', ['state'], unique=False, sqlite_where=sa.text("state IN ('asked', 'removing')"), postgresql_where=sa.text("state IN ('asked', 'removing')"))
        batch_op.create_index(batch_op.f('ix_saved_card_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index('uq_saved_card_owner_id', ['owner_id'], unique=True, sqlite_where=sa.text("state = 'saved'"), postgresql_where=sa.text("state = 'saved'"))

    op.create_table('stock_batch',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('file_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('file_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('operator', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('plan_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('rejected', sa.Integer(), nullable=False),
    sa.Column('duplicates', sa.Integer(), nullable=False),
    sa.Column('removed', sa.Integer(), nullable=False),
    sa.Column('touched_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('uploaded_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('uploaded_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decided_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('loading', 'pending', 'approved', 'rejected', 'rolled_back', 'discarded')", name=op.f('ck_stock_batch_state')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_stock_batch_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_batch')),
    sa.UniqueConstraint('reference', name=op.f('uq_stock_batch_reference')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('stock_batch', schema=None) as batch_op:
        batch_op.create_index('uq_stock_batch_file_hash', ['file_hash'], unique=True, sqlite_where=sa.text("state IN ('loading', 'pending', 'approved')"), postgresql_where=sa.text("state IN ('loading', 'pending', 'approved')"))

    op.create_table('subscription',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('company_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('terms_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('zone', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('anchor_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ends_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('activated_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('next_step', sa.Integer(), nullable=False),
    sa.Column('due_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('dirty_from', sa.Integer(), nullable=True),
    sa.CheckConstraint("(kind = 'line') = (name_key IS NULL)", name=op.f('ck_subscription_name')),
    sa.CheckConstraint("kind IN ('line', 'static_pool', 'dynamic_pool')", name=op.f('ck_subscription_kind')),
    sa.CheckConstraint('next_step >= 0', name=op.f('ck_subscription_step')),
    sa.ForeignKeyConstraint(['terms_id'], ['subscription_terms.id'], name=op.f('fk_subscription_terms_id_subscription_terms')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription')),
    sa.UniqueConstraint('name_key', name=op.f('uq_subscription_name_key')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscription_company_id'), ['company_id'], unique=False)
        batch_op.create_index('ix_subscription_due', ['due_at', 'company_id', 'id'], unique=False)

    op.create_table('wallet_change',
    sa.Column('wallet_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('old_minimum_minor', sa.BigInteger(), nullable=False),
    sa.Column('new_minimum_minor', sa.BigInteger(), nullable=False),
    sa.Column('was_enabled', sa.Boolean(), nullable=False),
    sa.Column('is_enabled', sa.Boolean(), nullable=False),
    sa.Column('free_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('old_minimum_minor <> new_minimum_minor OR was_enabled <> is_enabled', name=op.f('ck_wallet_change_change')),
    sa.ForeignKeyConstraint(['wallet_id'], ['wallet.id'], name=op.f('fk_wallet_change_wallet_id_wallet')),
    sa.PrimaryKeyConstraint('wallet_id', 'number', name=op.f('pk_wallet_change')),
    info={'schema': 'tenant'}
    )
    op.create_table('assignment',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('subscription_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('line_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('terms_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('begins_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ends_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('activated_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ends_at IS NULL OR ends_at >= begins_at', name=op.f('ck_assignment_order')),
    sa.ForeignKeyConstraint(['line_id'], ['line.id'], name=op.f('fk_assignment_line_id_line')),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscription.id'], name=op.f('fk_assignment_subscription_id_subscription')),
    sa.ForeignKeyConstraint(['terms_id'], ['subscription_terms.id'], name=op.f('fk_assignment_terms_id_subscription_terms')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('assignment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignment_line_id'), ['line_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignment_subscription_id'), ['subscription_id'], unique=False)
        batch_op.create_index('uq_assignment_open', ['line_id'], unique=True, sqlite_where=sa.text('ends_at IS NULL'), postgresql_where=sa.text('ends_at IS NULL'))

    op.create_table('esim_change',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('esim_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('field', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('old', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('new', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.CheckConstraint('old <> new', name=op.f('ck_esim_change_changed')),
    sa.ForeignKeyConstraint(['esim_id'], ['esim.id'], name=op.f('fk_esim_change_esim_id_esim')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_esim_change')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('esim_change', schema=None) as batch_op:
        batch_op.create_index('ix_esim_change_esim_id', ['esim_id', 'at', 'id'], unique=False)

    op.create_table('esim_label',
    sa.Column('esim_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('label_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('label', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['esim_id'], ['esim.id'], name=op.f('fk_esim_label_esim_id_esim')),
    sa.PrimaryKeyConstraint('esim_id', 'label_key', name=op.f('pk_esim_label')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('esim_label', schema=None) as batch_op:
        batch_op.create_index('ix_esim_label_label_key', ['label_key', 'esim_id'], unique=False)

    op.create_table('esim_replacement',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('esim_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('former_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('replacement', 'sim_swap')", name=op.f('ck_esim_replacement_kind')),
    sa.CheckConstraint('esim_id <> former_id', name=op.f('ck_esim_replacement_another')),
    sa.ForeignKeyConstraint(['esim_id'], ['esim.id'], name=op.f('fk_esim_replacement_esim_id_esim')),
    sa.ForeignKeyConstraint(['former_id'], ['esim.id'], name=op.f('fk_esim_replacement_former_id_esim')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_esim_replacement')),
    sa.UniqueConstraint('former_id', name=op.f('uq_esim_replacement_former_id')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('esim_replacement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_esim_replacement_esim_id'), ['esim_id'], unique=False)

    op.create_table('esim_service',
    sa.Column('esim_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('word', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("word IN ('pending', 'suspended', 'archived')", name=op.f('ck_esim_service_word')),
    sa.ForeignKeyConstraint(['esim_id'], ['esim.id'], name=op.f('fk_esim_service_esim_id_esim')),
    sa.PrimaryKeyConstraint('esim_id', name=op.f('pk_esim_service')),
    info={'schema': 'tenant'}
    )
    op.create_table('invoice_line',
    sa.Column('subscription_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('period', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('subject_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('invoice_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('line_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('terms_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit_minor', sa.BigInteger(), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('of_days', sa.Integer(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("kind IN ('fee', 'mrc', 'activation', 'overage', 'usage')", name=op.f('ck_invoice_line_kind')),
    sa.CheckConstraint('step >= period', name=op.f('ck_invoice_line_step')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_line_invoice_id_invoice')),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscription.id'], name=op.f('fk_invoice_line_subscription_id_subscription')),
    sa.ForeignKeyConstraint(['terms_id'], ['subscription_terms.id'], name=op.f('fk_invoice_line_terms_id_subscription_terms')),
    sa.PrimaryKeyConstraint('subscription_id', 'period', 'step', 'subject_id', 'kind', name=op.f('pk_invoice_line')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('invoice_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invoice_line_invoice_id'), ['invoice_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoice_line_line_id'), ['line_id'], unique=False)

    op.create_table('live_replacement',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('esim_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('plan_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('request_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'ordered') = (ended_at IS NULL)", name=op.f('ck_live_replacement_ended')),
    sa.CheckConstraint("state IN ('ordered', 'done', 'given_up')", name=op.f('ck_live_replacement_state')),
    sa.ForeignKeyConstraint(['esim_id'], ['esim.id'], name=op.f('fk_live_replacement_esim_id_esim')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_live_replacement_plan_id_plan')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_live_replacement')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('live_replacement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_live_replacement_esim_id'), ['esim_id'], unique=False)
        batch_op.create_index('uq_live_replacement_ordered', ['esim_id'], unique=True, sqlite_where=sa.text("state = 'ordered'"), postgresql_where=sa.text("state = 'ordered'"))

    op.create_table('refill_try',
    sa.Column('episode_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('with_owner', sa.Boolean(), nullable=False),
    sa.Column('at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['episode_id'], ['refill_episode.id'], name=op.f('fk_refill_try_episode_id_refill_episode')),
    sa.PrimaryKeyConstraint('episode_id', 'number', name=op.f('pk_refill_try')),
    sa.UniqueConstraint('order_id', name=op.f('uq_refill_try_order_id')),
    info={'schema': 'tenant'}
    )
    op.create_table('sales_order',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('request_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('register_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('plan_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('esim_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('wallet_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('invoice_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('company_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('end_user_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('item', sa.JSON(), nullable=False),
    sa.Column('net_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_minor', sa.BigInteger(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('tax_rate', sa.Integer(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('method', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('refunded_minor', sa.BigInteger(), nullable=False),
    sa.Column('shift_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('receipt_number', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('deadline_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('created_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('delivered_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(kind = 'invoice_payment') = (invoice_id IS NOT NULL)", name=op.f('ck_sales_order_invoice')),
    sa.CheckConstraint("kind IN ('esim_purchase', 'esim_refill', 'wallet_refill', 'invoice_payment')", name=op.f('ck_sales_order_kind')),
    sa.CheckConstraint("method <> 'cash' OR shift_id IS NOT NULL", name=op.f('ck_sales_order_cash_needs_a_shift')),
    sa.CheckConstraint("state IN ('placed', 'paid', 'delivered', 'cancelled', 'refunded')", name=op.f('ck_sales_order_state')),
    sa.CheckConstraint('net_minor >= 0 AND tax_minor >= 0', name=op.f('ck_sales_order_amounts')),
    sa.CheckConstraint('refunded_minor BETWEEN 0 AND total_minor', name=op.f('ck_sales_order_refunded')),
    sa.CheckConstraint('total_minor = net_minor + tax_minor', name=op.f('ck_sales_order_total')),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_sales_order_company_id_company')),
    sa.ForeignKeyConstraint(['end_user_id'], ['end_user.id'], name=op.f('fk_sales_order_end_user_id_end_user')),
    sa.ForeignKeyConstraint(['esim_id'], ['esim.id'], name=op.f('fk_sales_order_esim_id_esim')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_sales_order_invoice_id_invoice')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_sales_order_plan_id_plan')),
    sa.ForeignKeyConstraint(['wallet_id'], ['wallet.id'], name=op.f('fk_sales_order_wallet_id_wallet')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sales_order')),
    sa.UniqueConstraint('reference', name=op.f('uq_sales_order_reference')),
    sa.UniqueConstraint('request_key', name=op.f('uq_sales_order_request_key')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sales_order_company_id'), ['company_id'], unique=False)
        batch_op.create_index('ix_sales_order_created_at', ['created_at', 'id'], unique=False)
        batch_op.create_index('ix_sales_order_end_user_id', ['end_user_id'], unique=False, sqlite_where=sa.text('end_user_id IS NOT NULL'), postgresql_where=sa.text('end_user_id IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_sales_order_esim_id'), ['esim_id'], unique=False)
        batch_op.create_index('ix_sales_order_receipt_number', ['receipt_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_sales_order_shift_id'), ['shift_id'], unique=False)
        batch_op.create_index('ix_sales_order_state', ['state', 'deadline_at'], unique=False)
        batch_op.create_index('uq_sales_order_collecting', ['invoice_id'], unique=True, sqlite_where=sa.text("state = 'placed' AND invoice_id IS NOT NULL"), postgresql_where=sa.text("state = 'placed' AND invoice_id IS NOT NULL"))
        batch_op.create_index('uq_sales_order_receipt_number', ['receipt_number'], unique=True, sqlite_where=sa.text("method <> 'invoice'"), postgresql_where=sa.text("method <> 'invoice'"))

    op.create_table('sim_swap',
    sa.Column('id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('esim_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('blank_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('old_iccid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('new_iccid', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('msisdn', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('call_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('due_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('busy_until', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.Column('answer', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('begun_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state IN ('done', 'failed')) = (ended_at IS NOT NULL)", name=op.f('ck_sim_swap_ended')),
    sa.CheckConstraint("state IN ('waiting', 'unknown', 'done', 'failed')", name=op.f('ck_sim_swap_state')),
    sa.CheckConstraint('esim_id <> blank_id', name=op.f('ck_sim_swap_another')),
    sa.CheckConstraint('tries BETWEEN 0 AND 6', name=op.f('ck_sim_swap_tries')),
    sa.ForeignKeyConstraint(['blank_id'], ['esim.id'], name=op.f('fk_sim_swap_blank_id_esim')),
    sa.ForeignKeyConstraint(['esim_id'], ['esim.id'], name=op.f('fk_sim_swap_esim_id_esim')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sim_swap')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('sim_swap', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sim_swap_blank_id'), ['blank_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sim_swap_esim_id'), ['esim_id'], unique=False)
        batch_op.create_index('ix_sim_swap_waiting', ['due_at'], unique=False, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.create_table('stock_error',
    sa.Column('batch_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('field', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['stock_batch.id'], name=op.f('fk_stock_error_batch_id_stock_batch')),
    sa.PrimaryKeyConstraint('batch_id', 'line', name=op.f('pk_stock_error')),
    info={'schema': 'tenant'}
    )
    op.create_table('stock_lot',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('batch_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('plan_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('operator', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('install_by', sa.Date(), nullable=True),
    sa.Column('line_kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('loaded', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['stock_batch.id'], name=op.f('fk_stock_lot_batch_id_stock_batch')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_stock_lot_plan_id_plan')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_stock_lot')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('stock_lot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_lot_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_stock_lot_open', ['plan_id', 'operator', 'number'], unique=False, sqlite_where=sa.text('is_open'), postgresql_where=sa.text('is_open'))

    op.create_table('order_on_invoice',
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('invoice_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('on_credit', sa.Boolean(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('owed_minor', sa.BigInteger(), nullable=False),
    sa.Column('limit_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('NOT on_credit OR owed_minor + total_minor <= limit_minor', name=op.f('ck_order_on_invoice_within_the_limit')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_order_on_invoice_invoice_id_invoice')),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_order_on_invoice_order_id_sales_order')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_order_on_invoice')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('order_on_invoice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_on_invoice_invoice_id'), ['invoice_id'], unique=False)

    op.create_table('period_usage',
    sa.Column('subscription_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('period', sa.Integer(), nullable=False),
    sa.Column('assignment_id', sa.Uuid(as_uuid=False), nullable=False),
    sa.Column('country', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('overrun_bytes', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('bytes >= 0 AND overrun_bytes >= 0', name=op.f('ck_period_usage_bytes')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_period_usage_assignment_id_assignment')),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscription.id'], name=op.f('fk_period_usage_subscription_id_subscription')),
    sa.PrimaryKeyConstraint('subscription_id', 'period', 'assignment_id', 'country', name=op.f('pk_period_usage')),
    info={'schema': 'tenant'}
    )
    op.create_table('receipt',
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('order_id', sa.Uuid(as_uuid=False), nullable=True),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('issued_at', catalog.kernel.database.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['sales_order.id'], name=op.f('fk_receipt_order_id_sales_order')),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_receipt')),
    info={'schema': 'tenant'}
    )
    with op.batch_alter_table('receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receipt_order_id'), ['order_id'], unique=False)

