-- grain: one row a grade of an assessment; empty grade: not scored
-- parameters: assessment_id
-- reads: score
SELECT grade, COUNT(*) AS units
FROM score
WHERE assessment_id = :assessment_id
GROUP BY grade
ORDER BY MAX(total) DESC
