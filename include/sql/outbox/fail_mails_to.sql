-- grain: mails that wait for their first or another try, to an address that was switched off meanwhile
-- parameters: address (lower case), error
-- writes: mail
UPDATE mail
SET state = 'failed', error = :error
WHERE state = 'pending' AND recipient = :address
