-- grain: one circular or letter; withdrawn_at: when a person took it back
-- parameters: none
-- writes: nothing
SELECT circular.id, circular.assessment_id, circular.kind, circular.state, circular.model_hash, circular.document_number,
    circular.issue_date, circular.approved_by, circular.account, circular.approved_at, circular.docx_sha256, circular.pdf_sha256,
    circular.html_sha256, circular.manifest_sha256,
    (
        SELECT MIN(decision.decided_at)
        FROM decision
        WHERE decision.kind = 'withdrawal' AND decision.field = circular.id
    ) AS withdrawn_at
FROM circular
ORDER BY circular.id
