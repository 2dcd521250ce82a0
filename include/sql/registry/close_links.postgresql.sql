-- grain: one link that a later one replaces: it ends on the day before
-- parameters: none
-- writes: unit_link (valid_to)
UPDATE unit_link
SET valid_to = (
        SELECT MIN(later.valid_from) - 1
        FROM unit_link AS later
        WHERE
            later.code = unit_link.code
            AND later.link = unit_link.link
            AND later.to_code = unit_link.to_code
            AND later.valid_from > unit_link.valid_from
    )
WHERE
    unit_link.code IN (SELECT staged_fact.code FROM staged_fact)
    AND EXISTS (
        SELECT 1
        FROM unit_link AS later
        WHERE
            later.code = unit_link.code
            AND later.link = unit_link.link
            AND later.to_code = unit_link.to_code
            AND later.valid_from > unit_link.valid_from
            AND (unit_link.valid_to IS NULL OR unit_link.valid_to >= later.valid_from)
    )
