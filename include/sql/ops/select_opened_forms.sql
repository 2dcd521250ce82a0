-- grain: one form that went out
-- parameters: kind (of the notice that carried it), period
-- reads: notice
SELECT unit_code, subject, attachments
FROM notice
WHERE kind = :kind AND period = :period
ORDER BY subject, recipient
