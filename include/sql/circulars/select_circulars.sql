-- grain: one circular of one street's period that was not withdrawn, by revision
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT
    circular.id, circular.assessment_id, assessment.revision, circular.kind, circular.state, circular.model,
    circular.asked_at, circular.document_number, circular.issue_date, circular.approved_by, circular.docx_sha256,
    circular.pdf_sha256, circular.html_sha256, circular.manifest_sha256
FROM circular
INNER JOIN assessment ON assessment.id = circular.assessment_id
WHERE
    assessment.scheme = :scheme AND assessment.period = :period AND assessment.street_code = :street_code
    AND circular.state <> 'withdrawn'
ORDER BY assessment.revision, CASE circular.state WHEN 'issued' THEN 1 ELSE 0 END, circular.id
