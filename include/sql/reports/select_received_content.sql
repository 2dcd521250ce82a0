-- grain: the name under which a content was received, or went back, and the street of whom it is about (empty: not known) and, where a
-- person handed it in, those of the person, by blanks; nothing for any other content
-- parameters: sha256
-- writes: nothing
WITH found AS (
    SELECT delivery.name, COALESCE(submission.unit_code, delivery.unit_code, '') AS code, delivery.streets
    FROM delivery
    LEFT JOIN submission ON submission.sha256 = delivery.sha256
    WHERE delivery.sha256 = :sha256
    UNION ALL
    SELECT submission.returned_name AS name, submission.unit_code AS code, '' AS streets
    FROM submission
    WHERE submission.returned_sha256 = :sha256
)
SELECT
    found.name, found.streets,
    COALESCE(
        (SELECT unit.street_code FROM unit WHERE unit.code = found.code ORDER BY unit.valid_from DESC LIMIT 1), found.code
    ) AS street_code
FROM found
LIMIT 1
