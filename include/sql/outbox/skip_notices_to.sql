-- grain: notices to an address that was switched off before a mail was made of them
-- parameters: address (lower case), reason
-- writes: notice
UPDATE notice
SET state = 'skipped', reason = :reason
WHERE state = 'pending' AND mail_id IS NULL AND recipient = :address
