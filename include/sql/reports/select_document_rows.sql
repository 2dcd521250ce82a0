-- grain: one document of a street or county, numbered or not yet, with the answer that it got last
-- parameters: street_code, scheme and period (empty: any)
-- writes: nothing
SELECT
    circular.id, circular.kind, circular.state, circular.model, circular.asked_at, circular.document_number,
    circular.issue_date, circular.approved_by, circular.docx_sha256, circular.pdf_sha256, circular.unit_code,
    circular.model_hash,
    COALESCE(assessment.period, circular.period) AS period, assessment.scheme,
    question.answer, question.name AS signed, question.note, question.answered_at, question.asked_in,
    question.model_hash AS answered_hash
FROM circular
LEFT JOIN assessment ON assessment.id = circular.assessment_id
LEFT JOIN question
    ON
        question.circular_id = circular.id
        AND question.sequence = (SELECT MAX(q.sequence) FROM question AS q WHERE q.circular_id = circular.id)
WHERE
    (circular.street_code = :street_code OR assessment.street_code = :street_code)
    AND (:period = '' OR COALESCE(assessment.period, circular.period) = :period)
    AND (:scheme = '' OR assessment.scheme IS NULL OR assessment.scheme = :scheme)
ORDER BY circular.state, circular.asked_at DESC, circular.id DESC
