-- grain: the circular of one street's period: what was issued before any draft, then the newest revision
-- parameters: scheme, period, street_code
-- writes: nothing
SELECT
    circular.kind, circular.state, circular.model, circular.document_number, circular.issue_date,
    circular.approved_by, circular.docx_sha256, circular.pdf_sha256, circular.html_sha256
FROM circular
INNER JOIN assessment ON assessment.id = circular.assessment_id
WHERE
    assessment.scheme = :scheme AND assessment.period = :period AND assessment.street_code = :street_code
    AND circular.state <> 'withdrawn'
ORDER BY CASE circular.state WHEN 'issued' THEN 0 ELSE 1 END, assessment.revision DESC
LIMIT 1
