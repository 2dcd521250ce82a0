-- grain: one row a status of an assessment
-- parameters: assessment_id
-- reads: score
SELECT status, COUNT(*) AS units
FROM score
WHERE assessment_id = :assessment_id
GROUP BY status
ORDER BY status
