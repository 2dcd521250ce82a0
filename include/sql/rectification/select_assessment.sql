-- grain: one assessment
-- parameters: assessment_id
-- writes: nothing
SELECT id, scheme, period, street_code, revision
FROM assessment
WHERE id = :assessment_id
