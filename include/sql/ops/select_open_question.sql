-- grain: the newest question about an assessment's circular, where nobody has answered it, none or one
-- parameters: assessment_id
-- reads: question, circular
SELECT q.asked_in
FROM question q
JOIN circular c ON c.id = q.circular_id
WHERE c.assessment_id = :assessment_id
  AND q.answered_at IS NULL
  AND q.sequence = (SELECT MAX(n.sequence) FROM question n WHERE n.circular_id = q.circular_id)
ORDER BY q.circular_id DESC
LIMIT 1
