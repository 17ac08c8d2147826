"""Every table of the store, gathered for migrations and tests."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import catalog.esim.record_tables
import catalog.esim.tables
import catalog.kernel.tables
import catalog.stock.tables
import catalog.suppliers.tables
import catalog.tables
import checkout.accounts.tables
import checkout.billing.number_tables
import checkout.billing.refill_tables
import checkout.billing.subscriptions.tables
import checkout.billing.tables
import checkout.billing.usage_tables
import checkout.billing.wallet_tables
import checkout.documents.tables
import checkout.orders.replacement_tables
import checkout.orders.swap_tables
import checkout.orders.tables
import checkout.outbox.tables
import checkout.payments.card_tables
import checkout.payments.tables
import checkout.till.tables

ROOMS = (
    catalog.kernel.tables,
    catalog.tables,
    catalog.esim.tables,
    catalog.esim.record_tables,
    catalog.stock.tables,
    catalog.suppliers.tables,
    checkout.accounts.tables,
    checkout.billing.tables,
    checkout.billing.wallet_tables,
    checkout.billing.usage_tables,
    checkout.billing.number_tables,
    checkout.billing.refill_tables,
    checkout.billing.subscriptions.tables,
    checkout.documents.tables,
    checkout.orders.tables,
    checkout.orders.replacement_tables,
    checkout.orders.swap_tables,
    checkout.outbox.tables,
    checkout.payments.card_tables,
    checkout.payments.tables,
    checkout.till.tables,
)
"""The modules whose import fills the metadata."""

METADATA: MetaData = SQLModel.metadata
