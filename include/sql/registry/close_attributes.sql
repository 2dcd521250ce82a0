-- grain: one attribute that a later one replaces: it ends on the day before
-- parameters: none
-- writes: unit_attribute (valid_to)
UPDATE unit_attribute
SET valid_to = (
        SELECT date(MIN(later.valid_from), '-1 day')
        FROM unit_attribute AS later
        WHERE
            later.code = unit_attribute.code
            AND later.name = unit_attribute.name
            AND later.valid_from > unit_attribute.valid_from
    )
WHERE
    unit_attribute.code IN (SELECT staged_fact.code FROM staged_fact)
    AND EXISTS (
        SELECT 1
        FROM unit_attribute AS later
        WHERE
            later.code = unit_attribute.code
            AND later.name = unit_attribute.name
            AND later.valid_from > unit_attribute.valid_from
            AND (unit_attribute.valid_to IS NULL OR unit_attribute.valid_to >= later.valid_from)
    )
