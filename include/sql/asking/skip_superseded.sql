-- grain: earlier stages of a notice that wait in vain, a newer one being due
-- parameters: kind, subject, stage (the newer), reason
-- writes: notice
UPDATE notice
SET state = 'skipped', reason = :reason
WHERE kind = :kind AND subject = :subject AND stage <> :stage AND state = 'pending' AND mail_id IS NULL
