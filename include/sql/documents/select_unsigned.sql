-- grain: one document that was issued without the committee's answer to its text, or under another name or account
-- parameters: none
-- writes: nothing
SELECT circular.id, circular.document_number, circular.approved_by, circular.account
FROM circular
WHERE (circular.document_number <> '' OR circular.approved_at IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1
        FROM question
        WHERE question.circular_id = circular.id
            AND question.model_hash = circular.model_hash
            AND question.answer = 'approval'
            AND question.name = circular.approved_by
            AND question.account = circular.account
    )
ORDER BY circular.id
