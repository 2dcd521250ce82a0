-- grain: one assessment
-- parameters: assessment_id
-- writes: nothing
SELECT id, scheme, scheme_version, period, street_code, revision, input_hash, is_official, assessed_at
FROM assessment
WHERE id = :assessment_id
