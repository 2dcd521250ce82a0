-- grain: one assessment
-- parameters: assessment_id
-- writes: nothing
SELECT street_code, assessed_at
FROM assessment
WHERE id = :assessment_id
