-- grain: one street (empty: none) that a notice of the mail is of that an archived content is; nothing for any other content
-- parameters: sha256
-- writes: nothing
SELECT DISTINCT COALESCE(notice.street_code, '') AS street_code
FROM mail
LEFT JOIN notice ON notice.mail_id = mail.id
WHERE mail.sha256 = :sha256
