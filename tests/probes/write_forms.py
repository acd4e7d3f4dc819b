"""Statements that write a row, in all the forms that do not look like it.

``{row}`` is the statement that inserts one row with a text, ``{text}``; ``routines`` are what the others call.
"""

# By engine and form. What a form gives is the key of its row, or it is looked up by the text.
FORMS: dict[str, dict[str, list[str]]] = {
    "postgresql": {
        "insert": ["{row}"],
        "function": ["SELECT add_row('{text}')"],
        "function-beside": ["SELECT 1, add_row('{text}')"],
        "function-of-rows": ["SELECT one, add_row('{text}') FROM (SELECT 1 AS one) AS few"],
        "with": ["WITH new AS (SELECT add_row('{text}') AS id) SELECT * FROM new"],
        "with-insert": ["WITH new AS ({row} RETURNING id) SELECT * FROM new"],
        "values": ["VALUES (add_row('{text}'))"],
        "call": ["CALL add_rows('{text}')"],
        "do": ["DO $$ BEGIN PERFORM add_row('{text}'); END $$"],
        "execute": ["PREPARE one AS {row}", "EXECUTE one", "DEALLOCATE one"],
        "cursor": ["DECLARE rows CURSOR FOR SELECT add_row('{text}')", "FETCH ALL FROM rows"],
        "explain": ["EXPLAIN ANALYZE SELECT add_row('{text}')"],
        "trigger": ["INSERT INTO asked VALUES ('{text}')"],
        "view": ["SELECT id FROM added_row"],
        "view-joined": ["SELECT id FROM (SELECT 1 AS one) AS few JOIN added_row ON true"],
    },
    "mysql": {
        "insert": ["{row}"],
        "function": ["SELECT add_row('{text}')"],
        "function-beside": ["SELECT 1, add_row('{text}')"],
        "function-of-rows": ["SELECT one, add_row('{text}') FROM (SELECT 1 AS one) AS few"],
        "with": ["WITH new AS (SELECT add_row('{text}') AS id) SELECT * FROM new"],
        "values": ["VALUES (add_row('{text}'))"],
        "call": ["CALL add_rows('{text}')"],
        "do": ["DO add_row('{text}')"],
        "execute": ['PREPARE one FROM "{row}"', "EXECUTE one", "DEALLOCATE PREPARE one"],
        "immediate": ['EXECUTE IMMEDIATE "{row}"'],
        "block": ["BEGIN NOT ATOMIC DO add_row('{text}'); END"],
        "trigger": ["INSERT INTO asked VALUES ('{text}')"],
        "view": ["SELECT id FROM added_row"],
        "view-joined": ["SELECT id FROM (SELECT 1 AS one) AS few JOIN added_row"],
    },
}
_ROUTINES = {
    "postgresql": [
        "CREATE FUNCTION add_row(given text) RETURNS bigint LANGUAGE sql AS $$ {row} RETURNING id $$",
        "CREATE PROCEDURE add_rows(given text) LANGUAGE sql AS $$ {row} $$",
        "CREATE VIEW added_row AS SELECT add_row(gen_random_uuid()::text) AS id",
        "GRANT SELECT ON added_row TO {user}",
        "CREATE TABLE asked (given text)",
        "GRANT INSERT ON asked TO {user}",
        "CREATE FUNCTION answer() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM add_row(NEW.given); RETURN NEW; END $$",
        "CREATE TRIGGER answer AFTER INSERT ON asked FOR EACH ROW EXECUTE FUNCTION answer()",
    ],
    "mysql": [
        "CREATE OR REPLACE FUNCTION add_row(given varchar(200)) RETURNS bigint MODIFIES SQL DATA "
        "BEGIN {row}; RETURN LAST_INSERT_ID(); END",
        "CREATE OR REPLACE PROCEDURE add_rows(given varchar(200)) {row}",
        "CREATE OR REPLACE VIEW added_row AS SELECT add_row(uuid()) AS id",
        "CREATE OR REPLACE TABLE asked (given varchar(200))",
        "CREATE TRIGGER answer AFTER INSERT ON asked FOR EACH ROW DO add_row(NEW.given)",
    ],
}
_ROWS = {
    True: "INSERT INTO conferences_registration (conference_id, email, created_at) VALUES ('ESHT24', {}, now())",
    False: "INSERT INTO auth_group (name) VALUES ({})",
}


def routines(engine: str, user: str, *, of_tenant: bool) -> list[str]:
    """The statements that make what the forms call, for an administrator."""
    row = _ROWS[of_tenant].format("given")
    return [statement.format(row=row, user=user) for statement in _ROUTINES[engine]]


def statements(engine: str, form: str, text: str, *, of_tenant: bool) -> list[str]:
    """The statements of a form, which write a row with this text."""
    row = _ROWS[of_tenant].format(f"'{text}'")
    return [statement.format(row=row, text=text) for statement in FORMS[engine][form]]
