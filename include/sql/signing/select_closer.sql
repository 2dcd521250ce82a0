-- grain: the login that started the scoring from which a street's newest revision came (empty: the schedule), none or one
-- parameters: period, street_code
SELECT account
FROM run_log
WHERE stage = 'assess' AND outcome = 'done' AND period = :period AND street_code = :street_code
ORDER BY id DESC
LIMIT 1
