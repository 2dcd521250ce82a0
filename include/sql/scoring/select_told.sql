-- grain: one unit of a street that was told of a checkpoint's result, or is about to be: of which revision last; a mail that
--   failed told nothing
-- parameters: scheme, period, street_code, revision (the newest that counts)
-- reads: told_checkpoint, assessment, notice (if it is still kept)
SELECT told_checkpoint.unit_code, MAX(assessment.revision) AS revision
FROM told_checkpoint
JOIN assessment ON assessment.id = told_checkpoint.assessment_id
LEFT JOIN notice ON notice.id = told_checkpoint.notice_id
WHERE assessment.scheme = :scheme AND assessment.period = :period AND assessment.street_code = :street_code
  AND assessment.revision <= :revision
  AND (notice.id IS NULL OR notice.state NOT IN ('skipped', 'failed'))
GROUP BY told_checkpoint.unit_code
