-- grain: what a unit was last told of an earlier revision, or is about to be; none where it was not
-- parameters: kind, subject, revision
-- writes: nothing
SELECT payload
FROM notice
WHERE kind = :kind AND subject = :subject AND revision < :revision AND state NOT IN ('skipped', 'failed')
ORDER BY revision DESC
LIMIT 1
