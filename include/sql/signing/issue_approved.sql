-- writes: circular, from approved to issued with its number and files
-- parameters: id, document_number, docx_sha256, pdf_sha256, html_sha256, manifest_sha256
UPDATE circular
SET state = 'issued', document_number = :document_number, docx_sha256 = :docx_sha256, pdf_sha256 = :pdf_sha256,
    html_sha256 = :html_sha256, manifest_sha256 = :manifest_sha256
WHERE id = :id AND state = 'approved'
