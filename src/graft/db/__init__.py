"""PostgreSQL: connections, transactions, migrations, and what constraint names mean. `schema.sql` is read first."""
