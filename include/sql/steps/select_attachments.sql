-- grain: one row a list of attachments that went out with notices
-- parameters: none
-- reads: notice
SELECT DISTINCT attachments
FROM notice
WHERE attachments <> '[]'
ORDER BY attachments
