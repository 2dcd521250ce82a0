-- grain: one staged line that says what is known: the same of that day, and no other end
-- parameters: none
-- writes: temporary table staged_fact (deletes)
DELETE FROM staged_fact
WHERE EXISTS (
    SELECT 1
    FROM unit_link AS known
    WHERE
        known.code = staged_fact.code
        AND known.link = staged_fact.name
        AND known.to_code = staged_fact.value
        AND known.valid_from <= staged_fact.valid_from
        AND (known.valid_to IS NULL OR known.valid_to >= staged_fact.valid_from)
        AND (staged_fact.valid_to IS NULL OR known.valid_to = staged_fact.valid_to)
)
