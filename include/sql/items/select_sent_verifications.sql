-- grain: one notice to an office's inspectors that carried the sheet of a day
-- parameters: kind, subject, made_on
-- writes: nothing
SELECT attachments
FROM notice
WHERE subject = :subject AND kind = :kind AND stage = :made_on AND attachments <> '[]'
ORDER BY due_at DESC, id
