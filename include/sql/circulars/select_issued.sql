-- grain: the newest issued circular of a street's period below a revision, none or one
-- parameters: scheme, period, street_code, revision
SELECT c.id, c.assessment_id, c.kind, c.model, c.document_number, c.issue_date, a.revision
FROM circular c
JOIN assessment a ON a.id = c.assessment_id
WHERE a.scheme = :scheme AND a.period = :period AND a.street_code = :street_code AND a.revision < :revision
  AND c.state = 'issued'
ORDER BY a.revision DESC
LIMIT 1
