-- grain: mails that wait, without the copy to an address that was switched off
-- parameters: address (lower case)
-- writes: mail
UPDATE mail
SET copy_to = TRIM(REPLACE(',' || copy_to || ',', ',' || CAST(:address AS TEXT) || ',', ','), ',')
WHERE state = 'pending' AND ',' || copy_to || ',' LIKE '%,' || CAST(:address AS TEXT) || ',%'
