-- grain: one circular or letter, by its id or its document number, with the keys of its assessment (a letter's own), none or one
-- parameters: circular_id
SELECT c.id, c.assessment_id, c.kind, c.state, c.model_hash, c.model, c.asked_at, c.document_number, c.issue_date,
       c.approved_by, c.account, c.approved_at, c.docx_sha256, c.pdf_sha256, c.html_sha256, c.manifest_sha256, c.unit_code,
       COALESCE(a.scheme, '') AS scheme, COALESCE(a.period, c.period) AS period,
       COALESCE(a.street_code, c.street_code) AS street_code, COALESCE(a.revision, 0) AS revision
FROM circular c
LEFT JOIN assessment a ON a.id = c.assessment_id
WHERE c.id = :circular_id OR (c.document_number = :circular_id AND c.document_number <> '')
