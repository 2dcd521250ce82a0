-- grain: one attribute of a subject and span of validity; one that began on the same day is brought up to date
-- parameters: none
-- writes: unit_attribute
INSERT INTO unit_attribute (code, name, value, valid_from, valid_to)
SELECT staged_fact.code, staged_fact.name, staged_fact.value, staged_fact.valid_from, staged_fact.valid_to
FROM staged_fact
WHERE TRUE
ON CONFLICT (code, name, valid_from) DO UPDATE SET
    value = excluded.value,
    valid_to = excluded.valid_to
