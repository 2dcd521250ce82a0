-- grain: one row a try of a run to draft a circular of a street's period, in order
-- parameters: period, street_code
-- reads: run_log
SELECT run_id, outcome, detail
FROM run_log
WHERE stage = 'draft' AND period = :period AND street_code = :street_code
ORDER BY id
