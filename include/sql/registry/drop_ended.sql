-- grain: one row a staged unit that had ended by the day, others having come after it
-- parameters: successor_link, the link to those; valid_from, the day from which the import holds
-- writes: temporary table staged_unit (deletes)
DELETE FROM staged_unit
WHERE EXISTS (
    SELECT 1
    FROM unit_link
    WHERE
        unit_link.code = staged_unit.code
        AND unit_link.link = :successor_link
        AND unit_link.valid_from <= :valid_from
)
