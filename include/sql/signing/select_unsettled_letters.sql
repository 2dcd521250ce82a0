-- grain: one letter that nobody has decided on
-- parameters: none
-- reads: circular, referral
SELECT c.id, r.run_id
FROM circular c
LEFT JOIN referral r ON r.subject = c.id
WHERE c.assessment_id IS NULL AND c.state = 'draft'
ORDER BY c.id
