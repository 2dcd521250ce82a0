-- grain: one row a staged unit; a row that began on the same day is brought up to date
-- parameters: valid_from, the day from which the import holds
-- writes: unit
INSERT INTO unit (
    code, valid_from, valid_to, name, street_code, street, unit_type, households,
    secretary_email, officer_email, liaison_email, is_provisional_code, kind
)
SELECT
    staged_unit.code,
    :valid_from,
    (
        SELECT date(MIN(later.valid_from), '-1 day')
        FROM unit AS later
        WHERE later.code = staged_unit.code AND later.valid_from > :valid_from
    ),
    staged_unit.name,
    staged_unit.street_code,
    staged_unit.street,
    staged_unit.unit_type,
    staged_unit.households,
    staged_unit.secretary_email,
    staged_unit.officer_email,
    staged_unit.liaison_email,
    staged_unit.is_provisional_code,
    staged_unit.kind
FROM staged_unit
WHERE TRUE
ON CONFLICT (code, valid_from) DO UPDATE SET
    name = excluded.name,
    street_code = excluded.street_code,
    street = excluded.street,
    unit_type = excluded.unit_type,
    households = excluded.households,
    secretary_email = excluded.secretary_email,
    officer_email = excluded.officer_email,
    liaison_email = excluded.liaison_email,
    is_provisional_code = excluded.is_provisional_code,
    kind = excluded.kind
