-- writes: circular, a draft rebuilt with a new model, about which nobody was asked yet; nothing once it is issued
-- parameters: id, model_hash, model, docx_sha256, pdf_sha256, html_sha256
UPDATE circular
SET model_hash = :model_hash, model = :model, asked_at = NULL, docx_sha256 = :docx_sha256, pdf_sha256 = :pdf_sha256,
    html_sha256 = :html_sha256
WHERE id = :id AND state = 'draft'
