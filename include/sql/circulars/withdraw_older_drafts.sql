-- writes: circular, the drafts of older revisions of the same street's period, which nobody may approve any more
-- parameters: scheme, period, street_code, revision
UPDATE circular
SET state = 'withdrawn'
WHERE state = 'draft'
  AND assessment_id IN (
      SELECT id FROM assessment
      WHERE scheme = :scheme AND period = :period AND street_code = :street_code AND revision < :revision
  )
