-- grain: one row a unit of the file being imported
-- parameters: none
-- writes: temporary table staged_unit (created, empty)
CREATE TEMPORARY TABLE staged_unit (
    code VARCHAR(32) PRIMARY KEY,
    name TEXT NOT NULL,
    street_code VARCHAR(12) NOT NULL,
    street TEXT NOT NULL,
    unit_type TEXT NOT NULL,
    households INTEGER,
    secretary_email TEXT NOT NULL,
    officer_email TEXT NOT NULL,
    liaison_email TEXT NOT NULL,
    is_provisional_code BOOLEAN NOT NULL,
    kind TEXT NOT NULL
)
