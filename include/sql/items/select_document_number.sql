-- grain: the number under which an assessment's circular was issued, none before
-- parameters: assessment_id
-- writes: nothing
SELECT document_number
FROM circular
WHERE assessment_id = :assessment_id AND document_number <> ''
ORDER BY issue_date DESC, id
LIMIT 1
