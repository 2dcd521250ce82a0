-- grain: one row, an assessment
-- parameters: assessment_id
-- reads: assessment
SELECT id, scheme, period, street_code, revision, is_official
FROM assessment
WHERE id = :assessment_id
