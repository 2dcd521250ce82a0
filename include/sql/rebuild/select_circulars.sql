-- grain: one circular
-- parameters: none
-- writes: nothing
SELECT id, assessment_id, kind, model_hash, document_number, issue_date, approved_by, approved_at, docx_sha256,
    pdf_sha256, html_sha256
FROM circular
ORDER BY id
