-- grain: one row a staged unit that equals its row in force
-- parameters: valid_from, the day from which the import holds
-- writes: temporary table staged_unit (deletes)
DELETE FROM staged_unit
WHERE EXISTS (
    SELECT 1
    FROM unit
    WHERE
        unit.code = staged_unit.code
        AND unit.valid_from <= :valid_from
        AND (unit.valid_to IS NULL OR unit.valid_to >= :valid_from)
        AND unit.name = staged_unit.name
        AND unit.street_code = staged_unit.street_code
        AND unit.street = staged_unit.street
        AND unit.unit_type = staged_unit.unit_type
        AND unit.households IS NOT DISTINCT FROM staged_unit.households
        AND unit.secretary_email = staged_unit.secretary_email
        AND unit.officer_email = staged_unit.officer_email
        AND unit.liaison_email = staged_unit.liaison_email
        AND unit.is_provisional_code = staged_unit.is_provisional_code
        AND unit.kind = staged_unit.kind
)
