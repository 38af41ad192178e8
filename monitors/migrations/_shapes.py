"""What migrations do to tables that Django cannot say."""


def without_row_ids(schema_editor, *tables):
    """Make empty SQLite tables anew without row ids: one tree instead of table and index."""
    for table in tables:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
            (made,) = cursor.fetchone()
        schema_editor.execute(f"DROP TABLE {table}")
        schema_editor.execute(f"{made} WITHOUT ROWID", params=None)
