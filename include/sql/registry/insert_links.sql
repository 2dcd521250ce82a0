-- grain: one link of a subject and span of validity; one that began on the same day is brought up to date
-- parameters: none
-- writes: unit_link
INSERT INTO unit_link (code, link, to_code, valid_from, valid_to)
SELECT staged_fact.code, staged_fact.name, staged_fact.value, staged_fact.valid_from, staged_fact.valid_to
FROM staged_fact
WHERE TRUE
ON CONFLICT (code, link, to_code, valid_from) DO UPDATE SET
    valid_to = excluded.valid_to
