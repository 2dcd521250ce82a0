-- grain: one newest official assessment that nobody has decided on: no circular, or a draft that was not sent back
-- parameters: none
-- reads: assessment, circular, decision, referral
SELECT a.id, a.scheme, a.period, r.run_id
FROM assessment a
LEFT JOIN circular c ON c.assessment_id = a.id
LEFT JOIN referral r ON r.subject = a.id
WHERE a.is_official
  AND a.revision = (
      SELECT MAX(n.revision) FROM assessment n
      WHERE n.scheme = a.scheme AND n.period = a.period AND n.street_code = a.street_code
  )
  AND (c.id IS NULL OR c.state = 'draft')
  AND NOT COALESCE(r.is_settled, FALSE)
  AND NOT EXISTS (SELECT 1 FROM circular d WHERE d.assessment_id = a.id AND d.state <> 'draft')
  AND NOT (
      c.id IS NOT NULL AND c.asked_at IS NULL
      AND EXISTS (SELECT 1 FROM decision j WHERE j.kind = 'rejection' AND j.field = c.id)
      AND NOT EXISTS (
          SELECT 1 FROM decision s
          WHERE s.kind = 'resubmission' AND s.field = c.id
            AND s.sequence > (SELECT MAX(j.sequence) FROM decision j WHERE j.kind = 'rejection' AND j.field = c.id)
      )
  )
ORDER BY a.id
