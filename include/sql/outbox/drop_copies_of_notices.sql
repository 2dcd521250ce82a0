-- grain: notices that wait, without the copy to an address that was switched off
-- parameters: address (lower case)
-- writes: notice
UPDATE notice
SET copy_to = TRIM(REPLACE(',' || copy_to || ',', ',' || CAST(:address AS TEXT) || ',', ','), ',')
WHERE state = 'pending' AND mail_id IS NULL AND ',' || copy_to || ',' LIKE '%,' || CAST(:address AS TEXT) || ',%'
