-- grain: one circular that was sent back and is not asked about; is_resubmitted: somebody has submitted it again since
-- parameters: none
SELECT c.id, c.assessment_id, c.kind, c.model, c.model_hash,
       EXISTS (
           SELECT 1 FROM decision d
           WHERE d.kind = 'resubmission' AND d.field = c.id
             AND d.sequence > (SELECT MAX(r.sequence) FROM decision r WHERE r.kind = 'rejection' AND r.field = c.id)
       ) AS is_resubmitted
FROM circular c
WHERE c.state = 'draft' AND c.asked_at IS NULL AND c.assessment_id IS NOT NULL
  AND EXISTS (SELECT 1 FROM decision d WHERE d.kind = 'rejection' AND d.field = c.id)
ORDER BY c.id
