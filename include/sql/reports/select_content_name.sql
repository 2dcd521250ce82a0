-- grain: the name under which a content was received, or went back; nothing for any other
-- parameters: sha256
-- writes: nothing
SELECT delivery.name
FROM delivery
WHERE delivery.sha256 = :sha256
UNION ALL
SELECT submission.returned_name AS name
FROM submission
WHERE submission.returned_sha256 = :sha256
LIMIT 1
