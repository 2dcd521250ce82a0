-- grain: one circular that is a draft; is_sent_back: nobody is asked about it since; is_resubmitted: it was submitted again since
-- parameters: none
SELECT c.id, c.assessment_id, c.kind, c.model, c.model_hash, a.street_code,
       c.asked_at IS NULL AND EXISTS (
           SELECT 1 FROM decision d WHERE d.kind = 'rejection' AND d.field = c.id
       ) AS is_sent_back,
       EXISTS (
           SELECT 1 FROM decision d
           WHERE d.kind = 'resubmission' AND d.field = c.id
             AND d.sequence > (SELECT MAX(r.sequence) FROM decision r WHERE r.kind = 'rejection' AND r.field = c.id)
       ) AS is_resubmitted
FROM circular c
JOIN assessment a ON a.id = c.assessment_id
WHERE c.state = 'draft'
ORDER BY c.id
