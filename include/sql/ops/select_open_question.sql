-- grain: the newest question about an assessment's circular or a letter, where nobody has answered it, none or one
-- parameters: subject (the assessment, or the letter)
-- reads: question, circular
SELECT q.asked_in
FROM question q
JOIN circular c ON c.id = q.circular_id
WHERE (c.assessment_id = :subject OR c.id = :subject)
  AND q.answered_at IS NULL
  AND q.sequence = (SELECT MAX(n.sequence) FROM question n WHERE n.circular_id = q.circular_id)
ORDER BY q.circular_id DESC
LIMIT 1
