-- grain: one row a unit whose older row was in force when the new one began
-- parameters: valid_from, first day of the new row; closed_date, the day before it
-- writes: unit (valid_to)
UPDATE unit
SET valid_to = :closed_date
WHERE
    valid_from < :valid_from
    AND (valid_to IS NULL OR valid_to >= :valid_from)
    AND code IN (SELECT staged_unit.code FROM staged_unit)
