-- grain: one street that a mail is about which the machine could not settle, as a person names the mail
-- parameters: wanted, the address or the beginning of the id, in lower case
-- writes: nothing
SELECT DISTINCT n.street_code
FROM mail m
JOIN notice n ON n.mail_id = m.id
WHERE m.state IN ('unknown', 'failed')
    AND (LOWER(m.recipient) = :wanted OR SUBSTR(m.id, 1, LENGTH(:wanted)) = :wanted)
    AND n.street_code <> ''
