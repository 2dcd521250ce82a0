-- grain: one sheet that rated and counted in an assessment
-- parameters: assessment_id
-- writes: nothing
SELECT form, unit_code, version, sha256
FROM score_sheet
WHERE assessment_id = :assessment_id
ORDER BY form, unit_code
