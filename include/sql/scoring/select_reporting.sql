-- grain: at most one row, a unit of the assessment whose status is another than 未报 and 未评
-- parameters: assessment_id, missing, unrated (those)
-- reads: score
SELECT unit_code
FROM score
WHERE assessment_id = :assessment_id AND status NOT IN (:missing, :unrated)
LIMIT 1
