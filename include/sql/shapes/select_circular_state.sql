-- grain: at most one row, the circular of an assessment that is furthest
-- parameters: assessment_id
-- reads: circular
SELECT id, state, model_hash, document_number, asked_at
FROM circular
WHERE assessment_id = :assessment_id
ORDER BY CASE state WHEN 'issued' THEN 0 WHEN 'approved' THEN 1 WHEN 'draft' THEN 2 ELSE 3 END, id
LIMIT 1
