-- grain: the circular `circular_id` with its assessment's keys, none or one
-- parameters: circular_id
SELECT c.id, c.assessment_id, c.kind, c.state, c.model_hash, c.model, c.document_number, c.issue_date, c.approved_by,
       c.approved_at, c.docx_sha256, c.pdf_sha256, c.html_sha256, a.scheme, a.period, a.street_code, a.revision
FROM circular c
JOIN assessment a ON a.id = c.assessment_id
WHERE c.id = :circular_id
