-- grain: one row a form that went out
-- parameters: period
-- reads: notice
SELECT unit_code, subject, attachments
FROM notice
WHERE kind = 'form_opened' AND period = :period
ORDER BY subject
